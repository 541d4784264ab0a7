"""The A2A library 1.x talks to an agent: its card, a message, and one whose answer is streamed. Both answers must hold WANTED.

Usage: talk10.py URL CONTEXT TEXT WANTED
"""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, SendMessageRequest, TaskState


def states(events):
    for event in events:
        if event.HasField("status_update"):
            yield event.status_update.status.state
        if event.HasField("task"):
            yield event.task.status.state


def texts(events):
    for event in events:
        artifacts = list(event.task.artifacts) if event.HasField("task") else []
        if event.HasField("artifact_update"):
            artifacts.append(event.artifact_update.artifact)
        yield from (part.text for artifact in artifacts for part in artifact.parts)


async def main(url, context, text, wanted):
    async with httpx.AsyncClient(timeout=120) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        versions = [(interface.url, interface.protocol_version) for interface in card.supported_interfaces]
        assert (url, "1.0") in versions, versions
        for streaming in (False, True):
            client = ClientFactory(ClientConfig(httpx_client=http, streaming=streaming)).create(card)
            message = Message(
                message_id=str(uuid.uuid4()), context_id=context, role=Role.ROLE_USER, parts=[Part(text=text)]
            )
            events = [event async for event in client.send_message(SendMessageRequest(message=message))]
            assert events[0].HasField("task") and events[0].task.context_id == context, events[0]
            assert list(states(events))[-1] == TaskState.TASK_STATE_COMPLETED, events
            assert wanted in "\n".join(texts(events)), events
            if streaming:
                assert any(event.HasField("status_update") for event in events), events


asyncio.run(main(*sys.argv[1:]))
