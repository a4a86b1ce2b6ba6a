"""What operators may ask and do without a right to any child's details.

``asked`` reads a question, ``desk`` answers it, ``looking`` and ``verifying`` find what it says,
and ``again`` gives what failed to its function once more. No answer holds a word about a child, nor
anybody's own words: the function ``operate`` gives them to people who may see nothing of a record.
"""
