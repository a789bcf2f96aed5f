using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.AspNetCore.Http;

namespace Appliance.Proxy.Edge;

/// <summary>
/// Calls of this process to its own ports, which find out whether they answer: the kernel takes connections for a port also when nothing
/// here accepts them any more. A call is known by the port it comes from, so that it needs no trust, meets no route, and is neither counted
/// nor logged.
/// </summary>
internal sealed class OwnCalls(bool speaksProxyProtocol, TimeProvider time)
{
    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // PROXY protocol, version 2, LOCAL, no address (2.2): the connection is the proxy's own.
    private static readonly byte[] _local = [.. "\r\n\r\n\0\r\nQUIT\n"u8, 0x20, 0, 0, 0];
    private static readonly byte[] _question = [.. "HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8];
    private static readonly TimeSpan _knownFor = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<IPEndPoint, bool> _calling = new();
    private readonly Lock _gate = new();
    private Task<string?> _finding = Task.FromResult<string?>(null);
    private long? _begun;

    /// <summary>True for the other end of a call.</summary>
    public bool Has(IPEndPoint? peer) => peer is not null && !_calling.IsEmpty && _calling.ContainsKey(Plain(peer));

    /// <summary>Answers a call, or goes on with <paramref name="next"/>.</summary>
    public Task RunAsync(HttpContext context, RequestDelegate next)
    {
        if (_calling.IsEmpty || context.Connection.RemoteIpAddress is not { } address || !Has(new(address, context.Connection.RemotePort)))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return Task.CompletedTask;
    }

    /// <summary>
    /// Null when every port answers, else a sentence. <paramref name="ports"/>: http, and https behind it if there is one. Many who ask
    /// within a second share one answer.
    /// </summary>
    public Task<string?> FindDeafAsync(IReadOnlyList<IPEndPoint> ports, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_begun is not { } before || (_finding.IsCompleted && time.GetElapsedTime(before) >= _knownFor))
            {
                _begun = time.GetTimestamp();
                _finding = FindAsync(ports);
            }

            return _finding.WaitAsync(cancellationToken);
        }
    }

    private async Task<string?> FindAsync(IReadOnlyList<IPEndPoint> ports)
    {
        var answers = await Task.WhenAll(ports.Select((port, at) => CallAsync(Reachable(port), secure: at > 0)));
        return answers.OfType<string>().ToArray() is { Length: > 0 } deaf ? string.Join(' ', deaf) : null;
    }

    private async Task<string?> CallAsync(IPEndPoint to, bool secure)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        IPEndPoint? from = null;
        try
        {
            // Named before it connects: the accepting side looks immediately.
            socket.Bind(new IPEndPoint(to.Address, 0));
            from = Plain((IPEndPoint)socket.LocalEndPoint!); // It is bound.
            _calling[from] = true;
            await socket.ConnectAsync(to, limit.Token);
            await using var stream = new NetworkStream(socket);
            if (speaksProxyProtocol)
                await stream.WriteAsync(_local, limit.Token);
            return await (secure ? ShakesHandsAsync(stream, limit.Token) : AnswersAsync(stream, limit.Token))
                ? null
                : Deaf(to, "ended the connection without an answer");
        }
        catch (OperationCanceledException)
        {
            return Deaf(to, $"said nothing for {Patience.TotalSeconds:0} seconds");
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return Deaf(to, $"could not be reached ({exception.Message.TrimEnd('.')})");
        }
        finally
        {
            if (from is not null)
                _calling.TryRemove(from, out _);
        }
    }

    private static async Task<bool> AnswersAsync(NetworkStream stream, CancellationToken limit)
    {
        await stream.WriteAsync(_question, limit);
        var answer = new byte[256];
        var read = await stream.ReadAsync(answer, limit);

        // To its end, so that the server has not to cut it.
        for (var more = read; more > 0; )
            more = await stream.ReadAsync(answer, limit);
        return read > 0;
    }

    private static async Task<bool> ShakesHandsAsync(NetworkStream stream, CancellationToken limit)
    {
        // Whose certificate it is does not matter here: the question is whether somebody answers.
        await using var tls = new SslStream(stream, leaveInnerStreamOpen: true, static (_, certificate, _, _) => certificate is not null);
        try
        {
            await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "" }, limit);
            await tls.ShutdownAsync();
        }
        catch (AuthenticationException)
        {
            // An alert is an answer, too.
        }

        return true;
    }

    // The address is as it is told to an operator: of several ports, which one.
    private static string Deaf(IPEndPoint port, string what) =>
        $"The proxy's own port {port.Port} does not answer: a call to {port} {what}.";

    private static IPEndPoint Reachable(IPEndPoint port) =>
        port.Address.Equals(IPAddress.Any) ? new(IPAddress.Loopback, port.Port)
        : port.Address.Equals(IPAddress.IPv6Any) ? new(IPAddress.IPv6Loopback, port.Port)
        : port;

    private static IPEndPoint Plain(IPEndPoint end) =>
        end.Address.IsIPv4MappedToIPv6 ? new(end.Address.MapToIPv4(), end.Port)
        : end.AddressFamily == AddressFamily.InterNetworkV6 ? new(new IPAddress(end.Address.GetAddressBytes()), end.Port)
        : end;
}
