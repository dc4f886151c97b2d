"""Pictures of every screen in every state, for people who change how it looks."""
