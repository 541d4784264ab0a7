"""The A2A library 1.x as a client of the proxy. Usage: client10.py URL"""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import GetTaskRequest, Message, Part, Role, SendMessageRequest, SubscribeToTaskRequest, TaskState
from google.protobuf.json_format import MessageToDict, ParseDict


def request(*parts, **more):
    message = Message(message_id=str(uuid.uuid4()), role=Role.ROLE_USER, parts=parts, **more)
    return SendMessageRequest(message=message)


def part(**members):
    return ParseDict(members, Part())


async def collect(stream):
    return [event async for event in stream]


def final_state(events):
    for event in reversed(events):
        if event.HasField("status_update"):
            return event.status_update.status.state
        if event.HasField("task"):
            return event.task.status.state
    raise AssertionError(f"no state in {events}")


def artifact_parts(events):
    for event in events:
        if event.HasField("artifact_update"):
            return list(event.artifact_update.artifact.parts)
        if event.HasField("task") and event.task.artifacts:
            return list(event.task.artifacts[0].parts)
    raise AssertionError(f"no artifact in {events}")


async def main(url):
    async with httpx.AsyncClient(timeout=30) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        versions = [(interface.url, interface.protocol_version) for interface in card.supported_interfaces]
        assert (url, "1.0") in versions, versions
        for streaming in (False, True):
            client = ClientFactory(ClientConfig(httpx_client=http, streaming=streaming)).create(card)
            sent = [
                part(text="hello", metadata={"a": {"b": [1, None, "x"]}}),
                part(data={"decision_type": "approve", "n": None, "f": 1.5}),
                part(data=[1, "two", None]),
                part(raw="QUJD", mediaType="text/plain", filename="abc.txt"),
                part(url="https://example.com/x", mediaType="text/plain"),
            ]
            events = await collect(client.send_message(request(*sent)))
            assert final_state(events) == TaskState.TASK_STATE_COMPLETED, events
            got = artifact_parts(events)
            assert [MessageToDict(p) for p in got] == [MessageToDict(p) for p in sent], got
            assert events[0].HasField("task"), events[0]
            if streaming:
                assert len(events) >= 4, events
            task = events[0].task
            again = await client.get_task(GetTaskRequest(id=task.id))
            assert again.id == task.id and again.status.state == TaskState.TASK_STATE_COMPLETED

            events = await collect(client.send_message(request(part(text="reply"))))
            assert len(events) == 1 and events[0].message.parts[0].text == "a reply", events

            events = await collect(client.send_message(request(part(text="ask"))))
            assert final_state(events) == TaskState.TASK_STATE_INPUT_REQUIRED, events
            task = events[0].task
            answer = request(part(text="yes"), task_id=task.id, context_id=task.context_id)
            events = await collect(client.send_message(answer))
            assert final_state(events) == TaskState.TASK_STATE_COMPLETED, events

        client = ClientFactory(ClientConfig(httpx_client=http, streaming=True)).create(card)
        stream = client.send_message(request(part(text="slow")))
        first = await anext(stream)
        events = await collect(client.subscribe(SubscribeToTaskRequest(id=first.task.id)))
        assert events[0].HasField("task") and final_state(events) == TaskState.TASK_STATE_COMPLETED, events
        await stream.aclose()
        for call in (client.get_task(GetTaskRequest(id="nothing")), collect(client.subscribe(SubscribeToTaskRequest(id=first.task.id)))):
            try:
                await call
            except Exception as error:
                assert "not found" in repr(error).lower() or "Unsupported" in repr(error) or "ended" in repr(error), repr(error)
            else:
                raise AssertionError("what cannot be had was given")


asyncio.run(main(sys.argv[1]))
