"""Programs of this machine that deploy: started once, watched over restarts of the bot, ended when asked.

Each run has a folder of its own (`folder`), in which a small supervisor (`watcher`) leaves what became of it.
"""
