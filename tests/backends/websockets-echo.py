# An echo by python3-websockets. Prints its port, then "close CODE REASON" for every end.
import asyncio
import websockets


async def echo(socket, path=None):
    try:
        async for message in socket:
            await socket.send(message)
    except websockets.ConnectionClosed:
        pass
    await socket.wait_closed()
    print(f"close {socket.close_code} {socket.close_reason}".rstrip(), flush=True)


async def main():
    # Nothing but echoes: the pings of its own after 20 seconds would be further messages on a slow machine.
    async with websockets.serve(echo, "127.0.0.1", 0, ping_interval=None) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.Future()


asyncio.run(main())
