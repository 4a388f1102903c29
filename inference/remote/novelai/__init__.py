"""NovelAI's own models (V3, V4, V4.5), which exist only as their service.

    models      data: what the service calls them and how they want to draw      models.toml
    wording     a prompt in A1111's syntax -> the service's                     wording.py
    payload     a request -> the JSON that the service is sent                   payload.py
    cost        what it will take from the operator's account                    cost.py
    reply       a zip or a picture -> PNG files; an error -> a sentence          reply.py
    client      the conversation                                                 client.py

There is no public schema. The forms are those of two clients of 2025 and 2026; what they disagree on stands beside it.
"""
