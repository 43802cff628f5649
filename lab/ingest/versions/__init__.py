"""What is done with saved versions: edited, compared, merged, sampled anew, given other checks.

Knows: that each gives a new version. Must not know files.
"""
