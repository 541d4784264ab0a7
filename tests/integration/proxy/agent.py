"""An agent that says what it is told, by the library agents are built with (a2a-sdk 0.3). Usage: agent.py PORT

What the message says decides: "big N" gives a file of N bytes, "slow" works for two seconds, "ask" asks the user first,
"reply" answers with a message instead of a task; all else is echoed, parts and metadata unchanged.
"""

import asyncio
import base64
import sys

import uvicorn
from a2a.server.agent_execution import AgentExecutor
from a2a.server.apps import A2AStarletteApplication
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.tasks import InMemoryTaskStore, TaskUpdater
from a2a.types import AgentCapabilities, AgentCard, DataPart, FilePart, FileWithBytes, Part, TaskState, TextPart
from a2a.utils import new_agent_text_message


class Echo(AgentExecutor):
    async def execute(self, context, queue: EventQueue) -> None:
        said = context.get_user_input()
        if said == "reply":
            await queue.enqueue_event(new_agent_text_message("a reply", context.context_id))
            return
        updater = TaskUpdater(queue, context.task_id, context.context_id)
        if not context.current_task:
            await updater.submit()
        await updater.start_work()
        if said == "ask" and not context.current_task:
            question = updater.new_agent_message([Part(root=DataPart(data={"question": "sure?", "options": [None, 1.5]}))])
            await updater.update_status(TaskState.input_required, question, final=True)
            return
        if said == "slow":
            for step in range(4):
                await asyncio.sleep(0.5)
                await updater.update_status(TaskState.working, updater.new_agent_message([Part(root=TextPart(text=f"step {step}"))]))
        parts = list(context.message.parts)
        if said.startswith("big "):
            content = base64.b64encode(b"x" * int(said[4:])).decode()
            parts = [Part(root=FilePart(file=FileWithBytes(bytes=content, mime_type="application/octet-stream", name="big.bin")))]
        await updater.add_artifact(parts, name="echo", metadata={"kagent_type": "echo", "nothing": None})
        await updater.complete()

    async def cancel(self, context, queue: EventQueue) -> None:
        await TaskUpdater(queue, context.task_id, context.context_id).cancel()


card = AgentCard(
    name="echo_agent",
    description="says what it is told",
    url="http://echo-agent.kagent:8080",
    version="1",
    default_input_modes=["text"],
    default_output_modes=["text"],
    capabilities=AgentCapabilities(streaming=True),
    skills=[],
)
handler = DefaultRequestHandler(agent_executor=Echo(), task_store=InMemoryTaskStore())
uvicorn.run(A2AStarletteApplication(card, handler).build(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
