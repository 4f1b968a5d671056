"""Rolling summaries: what was said in a conversation before the messages that a model is sent word for word.

    await extend(conversation)          # after an answer: asks for the next summary where enough was said
    summary_section(conversation, through, text)     # its place in a prompt

`extent` says how much goes word for word, `writing` asks and keeps, `forgetting` drops.
"""
