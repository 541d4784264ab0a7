"""The A2A library 0.3 as a client of the proxy. Usage: client03.py URL"""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import (
    DataPart,
    FilePart,
    FileWithBytes,
    Message,
    Part,
    Role,
    TaskIdParams,
    TaskQueryParams,
    TaskState,
    TextPart,
)


def message(*parts, **more):
    return Message(message_id=str(uuid.uuid4()), role=Role.user, parts=[Part(root=part) for part in parts], **more)


async def last(stream):
    events = [event async for event in stream]
    return events, events[-1]


async def main(url):
    async with httpx.AsyncClient(timeout=30) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        assert card.url == url, card.url
        assert card.skills[0].id == "echo"
        for streaming in (False, True):
            client = ClientFactory(ClientConfig(httpx_client=http, streaming=streaming)).create(card)
            sent = [
                TextPart(text="hello", metadata={"a": {"b": [1, None, "x"]}}),
                DataPart(data={"decision_type": "approve", "n": None, "f": 1.5}),
                FilePart(file=FileWithBytes(bytes="QUJD", mime_type="text/plain", name="abc.txt")),
            ]
            events, end = await last(client.send_message(message(*sent)))
            task = end[0]
            assert task.status.state == TaskState.completed, task
            assert [part.root for part in task.artifacts[0].parts] == sent, task.artifacts
            if streaming:
                assert len(events) >= 4, events
            got = await client.get_task(TaskQueryParams(id=task.id))
            assert got.id == task.id and got.context_id == task.context_id

            _, end = await last(client.send_message(message(TextPart(text="reply"))))
            assert isinstance(end, Message) and end.parts[0].root.text == "a reply", end

            _, end = await last(client.send_message(message(TextPart(text="ask"))))
            task = end[0]
            assert task.status.state == TaskState.input_required, task
            assert task.status.message.parts[0].root.data["options"] == [None, 1.5]
            _, end = await last(client.send_message(message(TextPart(text="yes"), task_id=task.id, context_id=task.context_id)))
            assert end[0].id == task.id and end[0].status.state == TaskState.completed, end

            _, end = await last(client.send_message(message(TextPart(text="big 3000000"))))
            assert len(end[0].artifacts[0].parts[0].root.file.bytes) == 4000000

        client = ClientFactory(ClientConfig(httpx_client=http, streaming=True)).create(card)
        stream = client.send_message(message(TextPart(text="slow")))
        first = await anext(stream)
        again = client.resubscribe(TaskIdParams(id=first[0].id))
        events, end = await last(again)
        assert len(events) >= 3 and end[0].status.state == TaskState.completed, events
        await stream.aclose()
        try:
            await client.get_task(TaskQueryParams(id="nothing"))
        except Exception as error:
            assert "-32001" in repr(error) or "not found" in repr(error).lower(), repr(error)
        else:
            raise AssertionError("an unknown task was found")


asyncio.run(main(sys.argv[1]))
