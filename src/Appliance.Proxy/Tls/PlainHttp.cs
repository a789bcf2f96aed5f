using System.Buffers;
using Appliance.Proxy.AccessLogs;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Appliance.Proxy.Tls;

/// <summary>
/// Plain HTTP on a port for TLS: answered with 400 and a sentence, as nginx does (497, "The plain HTTP request was sent to HTTPS port"),
/// where a TLS alert would only read as a broken connection. Everything else goes on to the handshake, which knows what to do with it.
/// </summary>
internal static class PlainHttp
{
    /// <summary>How long the first byte may take; as long as a handshake may.</summary>
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private const int MostHeadBytes = 16 * 1024;
    private const int BodyBytes = 90;

    private static ReadOnlySpan<byte> Answer =>
        "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\nConnection: close\r\nContent-Length: 90\r\n\r\n400 Bad Request\nA plain HTTP request was sent to a port for HTTPS; ask for https:// here.\n"u8;

    /// <summary>Puts this in front of TLS.</summary>
    /// <param name="listen">The port.</param>
    /// <param name="requests">Where the requests are noted that are answered here; null: nowhere.</param>
    public static void UsePlainHttpAnswer(this ListenOptions listen, UnreadRequests? requests) =>
        listen.Use(next =>
            async connection =>
            {
                if (await IsTlsAsync(connection, requests))
                    await next(connection);
            }
        );

    private static async Task<bool> IsTlsAsync(ConnectionContext connection, UnreadRequests? requests)
    {
        using var stop = new CancellationTokenSource(_patience);
        using var stopping = connection
            .Features.Get<IConnectionLifetimeNotificationFeature>()
            ?.ConnectionClosedRequested.UnsafeRegister(static source => ((CancellationTokenSource)source!).Cancel(), stop);
        var input = connection.Transport.Input;
        try
        {
            while (true)
            {
                var read = await input.ReadAsync(stop.Token);
                if (read.Buffer.IsEmpty)
                {
                    input.AdvanceTo(read.Buffer.End);
                    if (read.IsCompleted)
                        return false;
                    continue;
                }

                // A method is of capital letters; no record of TLS begins so (RFC 8446, 5.1).
                if (read.Buffer.FirstSpan[0] is < (byte)'A' or > (byte)'Z')
                {
                    input.AdvanceTo(read.Buffer.Start);
                    return true;
                }

                // To the end of the head, so that nothing unread makes the end of the connection a reset, which could overtake the answer.
                var isWhole = read.IsCompleted || read.Buffer.Length >= MostHeadBytes || HasEnd(read.Buffer);
                if (isWhole)
                    requests?.Note(connection, read.Buffer, StatusCodes.Status400BadRequest, BodyBytes);
                input.AdvanceTo(isWhole ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
                if (!isWhole)
                    continue;
                await connection.Transport.Output.WriteAsync(Answer.ToArray(), stop.Token);
                return false;
            }
        }
        catch (Exception gone) when (gone is OperationCanceledException or IOException or ConnectionAbortedException)
        {
            // Nothing came in time, or the other end went away.
            return false;
        }
    }

    private static bool HasEnd(ReadOnlySequence<byte> buffer) =>
        new SequenceReader<byte>(buffer).TryReadTo(out ReadOnlySequence<byte> _, "\r\n\r\n"u8);
}
