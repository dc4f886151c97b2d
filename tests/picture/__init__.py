"""The README's picture: a recorded session, replayed through the real screen."""
