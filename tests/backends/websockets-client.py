# A client by python3-websockets: websockets-client.py URL. Prints "open", "message TEXT" and "close CODE REASON"; sends every line of its input.
import asyncio
import sys
import websockets


async def main():
    async with websockets.connect(sys.argv[1]) as socket:
        print("open", flush=True)
        loop = asyncio.get_running_loop()
        loop.add_reader(sys.stdin, lambda: asyncio.ensure_future(socket.send(sys.stdin.readline().rstrip("\n"))))
        try:
            async for message in socket:
                print("message", message, flush=True)
        except websockets.ConnectionClosed:
            pass
        loop.remove_reader(sys.stdin)
        await socket.wait_closed()
        print(f"close {socket.close_code} {socket.close_reason}".rstrip(), flush=True)


asyncio.run(main())
