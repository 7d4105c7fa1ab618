"""Sets up everything that is missing on a bare machine, with Python's standard library only.

`python3 -m hub.bootstrap run|test|setup` runs before any package is installed, so nothing here may
import Django or anything else that is not in the standard library. Every step looks first whether
its work is done (a stamp keeps the hash of what was installed), so a second start takes no time.
"""
