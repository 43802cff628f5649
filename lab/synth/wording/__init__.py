"""More wordings of questions: by rules, by a model, for a whole data set.

Knows: forms of both languages. Must not know documents.
"""
