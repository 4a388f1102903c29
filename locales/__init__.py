"""What people read, in every language but English: one folder with a gettext catalogue (Babel) per language.

`words.py` reads the catalogues, `extract.py` finds what they must hold, `python -m locales` brings them up to date.
"""
