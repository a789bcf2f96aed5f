using System.Buffers;
using System.Net;
using Appliance.Proxy.Traffic;
using Appliance.Proxy.Variables;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.AccessLogs;

/// <summary>
/// Requests that are answered before there is a request: plain HTTP on a port for HTTPS, and a head that takes too long. They have their
/// line, their row among the newest requests and their count as others that were refused.
/// </summary>
internal sealed class UnreadRequests(
    AccessLog? log,
    RecentRequests recent,
    TrafficRegistry traffic,
    TimeProvider time,
    ILogger<UnreadRequests> said
)
{
    private const int MostOfALine = 2048;

    /// <summary>One is answered. Never throws.</summary>
    /// <param name="connection">The connection that it came on.</param>
    /// <param name="bytes">What came of it.</param>
    /// <param name="status">The status of the answer.</param>
    /// <param name="bodyBytes">Bytes of the answer's body.</param>
    /// <param name="isTls">It came under TLS.</param>
    public void Note(ConnectionContext connection, in ReadOnlySequence<byte> bytes, int status, long bodyBytes, bool isTls = false)
    {
        try
        {
            var line = WrittenLine.Of(LineOf(bytes));
            var (peer, own) = (connection.RemoteEndPoint as IPEndPoint, connection.LocalEndPoint as IPEndPoint);
            var answer = new AnswerFacts(new DefaultHttpContext().Response, time) { BodyBytes = bodyBytes, IsComplete = true };
            answer.End(status);
            var facts = new RequestFacts
            {
                Line = line.Text,
                IsRefused = true,
                Method = line.Method,
                RawTarget = line.Target,
                Path = line.Path,
                Protocol = line.Protocol,
                Scheme = isTls ? "https" : "http",
                Headers = new HeaderDictionary(),
                Host = "",
                PeerAddress = ClientAddress.Unmap(peer?.Address),
                PeerPort = peer?.Port ?? 0,
                Proxied = connection.Features.Get<ProxiedConnection>(),
                ClientAddress = ClientAddress.Unmap(peer?.Address),
                ServerAddress = ClientAddress.Unmap(own?.Address),
                ServerPort = own?.Port ?? 0,
                Started = time.GetUtcNow(),
                ReceivedHeadBytes = (int)bytes.Length, // a head is limited
                Answer = answer,
            };
            traffic.AddUnrouted(status, TimeSpan.Zero, bodyBytes);
            recent.Add(facts, answer, kept: null);
            Traces.Count(facts, answer);
            log?.Write(facts);
        }
        catch (Exception exception)
        {
            // Going on is right: the client is answered, and only the line is missing.
            said.NotNoted(exception);
        }
    }

    private static string LineOf(in ReadOnlySequence<byte> bytes)
    {
        var some = bytes.Slice(0, Math.Min(bytes.Length, MostOfALine)).ToArray();
        var end = some.AsSpan().IndexOfAny((byte)'\r', (byte)'\n');
        return System.Text.Encoding.Latin1.GetString(some, 0, end < 0 ? some.Length : end);
    }
}

/// <summary>What it says in the log.</summary>
internal static partial class UnreadRequestsLog
{
    [LoggerMessage(2003, LogLevel.Error, "The line of a request that was refused unread could not be made.")]
    public static partial void NotNoted(this ILogger log, Exception exception);
}
