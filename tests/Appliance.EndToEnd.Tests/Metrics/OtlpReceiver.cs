using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Appliance.EndToEnd.Tests.Metrics;

/// <summary>A span as it came to the collector.</summary>
internal sealed record ReceivedSpan(
    string TraceId,
    string SpanId,
    string ParentId,
    string Name,
    int Kind,
    IReadOnlyDictionary<string, string> Attributes,
    int Status,
    string StatusMessage
);

/// <summary>A small collector: OTLP over HTTP and over gRPC (HTTP/2 without TLS), and a reader of protobuf that knows its fields.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private OtlpReceiver(WebApplication app) => _app = app;

    /// <summary>The spans so far.</summary>
    public ConcurrentQueue<ReceivedSpan> Spans { get; } = [];

    /// <summary>Names of metrics so far.</summary>
    public ConcurrentDictionary<string, bool> Metrics { get; } = [];

    /// <summary>Texts of log lines so far.</summary>
    public ConcurrentQueue<string> Lines { get; } = [];

    /// <summary>Values of the header <c>x-key</c> that came.</summary>
    public ConcurrentDictionary<string, bool> Keys { get; } = [];

    /// <summary>Attributes of the resources so far, as <c>signal name=value</c>.</summary>
    public ConcurrentDictionary<string, bool> Resources { get; } = [];

    /// <summary>Where it is.</summary>
    public string Address => _app.Urls.Single();

    /// <summary>Starts it on a free port, for gRPC or for HTTP.</summary>
    public static async Task<OtlpReceiver> StartAsync(bool isGrpc)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = isGrpc ? HttpProtocols.Http2 : HttpProtocols.Http1)
        );
        var receiver = new OtlpReceiver(builder.Build());
        receiver._app.Run(context => receiver.TakeAsync(context, isGrpc));
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private async Task TakeAsync(HttpContext context, bool isGrpc)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        ReadOnlyMemory<byte> message = body.ToArray();
        if (isGrpc)
        {
            // A message has a byte for its compression and four for its length in front.
            BinaryPrimitives.ReadInt32BigEndian(message.Span[1..]).ShouldBe(message.Length - 5);
            message = message[5..];
        }

        if (context.Request.Headers["x-key"].ToString() is { Length: > 0 } key)
            Keys[key] = true;
        var path = context.Request.Path.Value!; // a request has one
        if (path is "/v1/traces" or "/opentelemetry.proto.collector.trace.v1.TraceService/Export")
            ReadSpans(message);
        else if (path is "/v1/metrics" or "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")
            ReadMetrics(message);
        else if (path is "/v1/logs" or "/opentelemetry.proto.collector.logs.v1.LogsService/Export")
            ReadLines(message);
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
        var signal =
            path.Contains("trace", StringComparison.Ordinal) ? "traces"
            : path.Contains("metrics", StringComparison.Ordinal) ? "metrics"
            : "logs";
        foreach (var (name, value) in Below(message, 1, 1, 1).Select(Attribute))
            Resources[$"{signal} {name}={value}"] = true;
        if (!isGrpc)
            return;
        context.Response.ContentType = "application/grpc";
        await context.Response.Body.WriteAsync(new byte[5]);
        context.Response.AppendTrailer("grpc-status", "0");
    }

    private void ReadSpans(ReadOnlyMemory<byte> message)
    {
        foreach (var span in Below(message, 1, 2, 2))
        {
            var fields = Fields(span).ToLookup(field => field.Number);
            string Hex(int number) => Convert.ToHexStringLower(fields[number].FirstOrDefault().Bytes.Span);
            var status = fields[15].Select(field => Fields(field.Bytes).ToLookup(one => one.Number)).FirstOrDefault();
            Spans.Enqueue(
                new(
                    Hex(1),
                    Hex(2),
                    Hex(4),
                    Text(fields[5].FirstOrDefault().Bytes),
                    (int)fields[6].FirstOrDefault().Number64,
                    fields[9].Select(field => Attribute(field.Bytes)).ToDictionary(pair => pair.Key, pair => pair.Value),
                    (int)(status?[3].FirstOrDefault().Number64 ?? 0),
                    Text(status?[2].FirstOrDefault().Bytes ?? default)
                )
            );
        }
    }

    private void ReadMetrics(ReadOnlyMemory<byte> message)
    {
        foreach (var metric in Below(message, 1, 2, 2))
            Metrics[Text(Fields(metric).First(field => field.Number == 1).Bytes)] = true;
    }

    private void ReadLines(ReadOnlyMemory<byte> message)
    {
        foreach (var line in Below(message, 1, 2, 2))
        {
            var value = Fields(line).FirstOrDefault(field => field.Number == 5).Bytes;
            Lines.Enqueue(Text(Fields(value).FirstOrDefault(field => field.Number == 1).Bytes));
        }
    }

    private static KeyValuePair<string, string> Attribute(ReadOnlyMemory<byte> pair)
    {
        var fields = Fields(pair).ToLookup(field => field.Number);
        var value = Fields(fields[2].Single().Bytes).Single();
        return new(Text(fields[1].Single().Bytes), value.Number == 1 ? Text(value.Bytes) : value.Number64.ToString());
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Below(ReadOnlyMemory<byte> message, params int[] numbers)
    {
        IEnumerable<ReadOnlyMemory<byte>> level = [message];
        foreach (var number in numbers)
            level = level.SelectMany(one => Fields(one).Where(field => field.Number == number).Select(field => field.Bytes)).ToList();
        return level;
    }

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    // Protobuf's wire format: a number and a type, then a varint, eight bytes, bytes with their length, or four bytes.
    private static IEnumerable<(int Number, ReadOnlyMemory<byte> Bytes, long Number64)> Fields(ReadOnlyMemory<byte> message)
    {
        var at = 0;
        long Varint()
        {
            long value = 0;
            for (var shift = 0; ; shift += 7)
            {
                var next = message.Span[at++];
                value |= (long)(next & 0x7f) << shift;
                if (next < 0x80)
                    return value;
            }
        }

        while (at < message.Length)
        {
            var tag = Varint();
            var number = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0:
                    yield return (number, default, Varint());
                    break;
                case 1:
                    yield return (number, message.Slice(at, 8), BinaryPrimitives.ReadInt64LittleEndian(message.Span[at..]));
                    at += 8;
                    break;
                case 2:
                    var length = (int)Varint();
                    yield return (number, message.Slice(at, length), 0);
                    at += length;
                    break;
                default:
                    yield return (number, message.Slice(at, 4), BinaryPrimitives.ReadInt32LittleEndian(message.Span[at..]));
                    at += 4;
                    break;
            }
        }
    }
}
