"""A mail server for tests: aiosmtpd. Prints "port N", and each mail as "mail FROM TO SUBJECT"; its data as "data LINE"s."""
import asyncio, email, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult

mode, certificate, key = (sys.argv[1:] + ["", ""])[:3]


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody"):
            return "550 5.1.1 No such user here"
        if address.startswith("later"):
            return "451 4.3.0 Come again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content)
        print("mail", envelope.mail_from, ",".join(envelope.rcpt_tos), mail["Subject"].replace("\n", " "), server.transport.get_extra_info("sslcontext") is not None, flush=True)
        print("data", repr(envelope.content), flush=True)
        return "250 Queued as 1234"


def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=data.login == b"ann" and data.password == b"hunter2", handled=False)


context = None
if certificate:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)


async def main():
    def factory():
        return SMTP(
            Handler(),
            hostname="mail.test",
            tls_context=context if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticate,
            auth_require_tls=mode == "starttls",
        )

    server = await asyncio.get_running_loop().create_server(
        factory, "127.0.0.1", 0, ssl=context if mode == "tls" else None
    )
    print("port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
