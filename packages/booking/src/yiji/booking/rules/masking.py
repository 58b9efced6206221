"""A name as a wall screen may show it: enough for its owner, too little for a stranger."""


def masked(name: str) -> str:
    """Return a name with its middle hidden: two characters keep the first, longer ones the first and the last.

    A name in several words (Latin script) keeps the first letter of each.

    >>> masked("张三"), masked("张小三"), masked("欧阳若琳"), masked("John Smith"), masked("李")
    ('张*', '张*三', '欧**琳', 'J*** S****', '*')
    """
    words = name.split()
    if len(words) > 1:
        return " ".join(word[0] + "*" * (len(word) - 1) for word in words)
    bare = "".join(words)
    if len(bare) < 3:
        return bare[:1] + "*" if len(bare) == 2 else "*" * len(bare)
    return bare[0] + "*" * (len(bare) - 2) + bare[-1]
