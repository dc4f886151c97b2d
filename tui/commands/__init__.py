"""All commands, in one table for each screen: it feeds keys, footer, palette and help.

A command's `id` names the screen's action (`action_users_up`). The table lists the phases in which a command
works, and what else it needs (`tui.availability`); labels may depend on what runs: the footer shows what a
key does *now*.
"""
