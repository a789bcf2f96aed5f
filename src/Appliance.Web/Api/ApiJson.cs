using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Appliance.Proxy.Items;

namespace Appliance.Web.Api;

/// <summary>How the API writes JSON. Items are written as in documents, not by the framework's own options.</summary>
internal static class ApiJson
{
    /// <summary>On one line, with letters of all alphabets as they are.</summary>
    public static JsonWriterOptions Writer { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Findings about a config, as a list.</summary>
    public static void WriteProblems(Utf8JsonWriter writer, string member, IEnumerable<ConfigProblem> problems)
    {
        writer.WriteStartArray(member);
        foreach (var problem in problems)
        {
            writer.WriteStartObject();
            writer.WriteString("path", problem.Path);
            writer.WriteString("code", problem.Code);
            writer.WriteString("message", problem.Message);
            writer.WriteString("severity", problem.Severity == ProblemSeverity.Error ? "error" : "warning");
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    /// <summary>Sends what <paramref name="write"/> writes.</summary>
    public static Task SendAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, Writer))
            write(writer);
        return SendAsync(context, status, text.WrittenMemory);
    }

    /// <summary>Sends JSON that is written already.</summary>
    public static async Task SendAsync(HttpContext context, int status, ReadOnlyMemory<byte> json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = json.Length;
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
    }
}
