"""What operators may ask and do without a right to see any child's details.

``asked`` reads a question, ``desk`` answers it, ``looking`` and ``verifying`` find the answer, and
``dead_letters`` retries what failed. No answer says anything about a child or quotes anybody: the
function ``operate`` gives it to people who may see nothing of a record.
"""
