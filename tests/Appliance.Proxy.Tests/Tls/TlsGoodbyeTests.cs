using System.Buffers;
using System.IO.Pipelines;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Appliance.Proxy.Epoll;
using Appliance.Proxy.Tests.Epoll;
using Appliance.Proxy.Tests.WebSockets;
using Appliance.Proxy.Tls;
using Appliance.Proxy.WebSockets.Relays;
using Appliance.Testing;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Appliance.Proxy.Tests.Tls;

/// <summary>How TLS says that no more comes, to ends that do not listen at that moment, or never.</summary>
[Collection(Alone.Name)]
public sealed class TlsGoodbyeTests
{
    [Fact]
    public async Task End_ClientReadsNothing_IsLetGoOfInTime()
    {
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero)
        );
        var (up, down) = (
            new Pipe(),
            new Pipe(new PipeOptions(pauseWriterThreshold: 20_000, resumeWriterThreshold: 10_000, useSynchronizationContext: false))
        );
        var connection = new DefaultConnectionContext("1", new Duplex(up.Reader, down.Writer), new Duplex(up.Reader, down.Writer));
        var time = new CountedTimers();
        var middleware = new TlsOnLoop(
            context =>
            {
                // More than fits in front of a client that does not read.
                context.Transport.Output.Write(new byte[200_000]);
                return Task.CompletedTask;
            },
            (_, _, _) => new SslServerAuthenticationOptions { ServerCertificate = certificate },
            time,
            NullLogger<TlsOnLoop>.Instance
        );
        var running = middleware.RunAsync(connection);
        var wire = new Both(down.Reader.AsStream(), up.Writer.AsStream());
        await using var client = new SslStream(wire, leaveInnerStreamOpen: false, (_, shown, _, _) => shown is not null);
        await client.AuthenticateAsClientAsync("localhost");

        await Until.TrueAsync(() => time.Made == 2);
        running.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(30));

        await running.WaitAsync(TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Tunnel_SocketTakesNoGoodbyeAtThatMoment_ItAndTheFinFollow()
    {
        await using var tunnel = await OpenTunnel.StartAsync(new TunnelPlan { Relay = RelayChoice.Epoll, OverTls = true });
        await tunnel.Server.SendAsync("all there is");
        await tunnel.Client.ReadAsync(12);

        using (var full = new FaultAtCall(point => point == FaultPoint.Send, from: 1, times: 1, error: 11))
        {
            tunnel.Server.ShutSend();
            (await tunnel.Client.ReadToEndAsync()).ShouldBe("");
            full.Failed.ShouldBe(1);
        }

        // Behind TLS's own goodbye the FIN, and not only when the other half ends, too.
        await Until.TrueAsync(() => tunnel.Client.Socket.Poll(0, SelectMode.SelectRead));
        tunnel.Client.Socket.Available.ShouldBe(0);
        await tunnel.Client.SendAsync("the other half goes on");
        (await tunnel.Server.ReadAsync(22)).Length.ShouldBe(22);
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    // Tells how many timers were made: the second is the one of the goodbye.
    private sealed class CountedTimers() : FakeTimeProvider(TestTime.Start)
    {
        private int _made;

        public int Made => Volatile.Read(ref _made);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            Interlocked.Increment(ref _made);
            return timer;
        }
    }

    private sealed class Both(Stream reads, Stream writes) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            reads.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            writes.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => writes.FlushAsync(cancellationToken);

        public override void Flush() { }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
