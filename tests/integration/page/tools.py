"""A server of tools (MCP) with one tool, which its agent may call only with leave. usage: tools.py PORT"""

import sys

from mcp.server.fastmcp import FastMCP

server = FastMCP("pages", host="127.0.0.1", port=int(sys.argv[1]))


@server.tool()
def delete_page(path: str) -> str:
    """Deletes a page for good."""
    return f"the page {path} is gone"


server.run(transport="streamable-http")
