"""Looks at pictures and says how explicit they are: a process of its own (`child.py`) and the bot's side (`client.py`).

baseline.py   nsfwjs, which always looks: five classes, and no idea of anybody's age
tagger.py     a WD14 tagger, where the operator has one: rating heads, and tags that tell an apparent age
scores.py     from their numbers to the evidence that the policy weighs
selftest.py   the numbers that 50 drawn pictures must have
"""
