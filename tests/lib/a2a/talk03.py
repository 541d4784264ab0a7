"""The A2A library 0.3 talks to an agent: its card, a message, and one whose answer is streamed. Both answers must hold WANTED.

Usage: talk03.py URL CONTEXT TEXT WANTED
"""

import asyncio
import sys
import uuid

import httpx
from a2a.client import A2ACardResolver, ClientConfig, ClientFactory
from a2a.types import Message, Part, Role, TaskState, TextPart


async def main(url, context, text, wanted):
    async with httpx.AsyncClient(timeout=120) as http:
        card = await A2ACardResolver(http, url).get_agent_card()
        assert card.url == url, card.url
        assert card.capabilities.streaming, card
        for streaming in (False, True):
            client = ClientFactory(ClientConfig(httpx_client=http, streaming=streaming)).create(card)
            message = Message(
                message_id=str(uuid.uuid4()), context_id=context, role=Role.user, parts=[Part(root=TextPart(text=text))]
            )
            events = [event async for event in client.send_message(message)]
            task = events[-1][0]
            assert task.context_id == context and task.status.state == TaskState.completed, task
            parts = [part.root for artifact in task.artifacts for part in artifact.parts]
            answer = "\n".join(part.text for part in parts if isinstance(part, TextPart))
            assert wanted in answer, answer
            if streaming:
                assert any(update and update.kind == "status-update" for _, update in events), events


asyncio.run(main(*sys.argv[1:]))
