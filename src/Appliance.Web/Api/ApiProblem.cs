using System.Buffers;
using System.Text.Json;
using Appliance.Proxy.Items;
using Microsoft.AspNetCore.WebUtilities;

namespace Appliance.Web.Api;

/// <summary>Why a request of the API was not answered as it asked: problem details of RFC 9457.</summary>
/// <param name="Status">Of the answer.</param>
/// <param name="Code">Stable, snake_case, for programs: <c>stale</c>.</param>
/// <param name="Detail">A sentence that says what is wrong and what to do.</param>
public sealed record ApiProblem(int Status, string Code, string Detail)
{
    /// <summary>What of the config is wrong, each with a path and a code. Default: nothing.</summary>
    public IReadOnlyList<ConfigProblem> Problems { get; init; } = [];

    /// <summary>The newest revision, where the request was made from an older one; null: it does not matter.</summary>
    public long? Revision { get; init; }

    /// <summary>
    /// The item as it is now, as JSON, where the request was made from an older one; null: it is gone, or does not matter.
    /// </summary>
    public string? Current { get; init; }

    /// <summary>Writes it as the answer.</summary>
    public async Task WriteAsync(HttpContext context)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text, ApiJson.Writer))
            Write(writer);
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/problem+json";
        context.Response.ContentLength = text.WrittenCount;
        await context.Response.Body.WriteAsync(text.WrittenMemory, context.RequestAborted);
    }

    private void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "about:blank");
        writer.WriteString("title", ReasonPhrases.GetReasonPhrase(Status));
        writer.WriteNumber("status", Status);
        writer.WriteString("code", Code);
        writer.WriteString("detail", Detail);
        if (Problems.Count > 0)
            ApiJson.WriteProblems(writer, "problems", Problems);
        if (Revision is { } revision)
            writer.WriteNumber("revision", revision);
        if (Current is { } current)
        {
            writer.WritePropertyName("current");
            writer.WriteRawValue(current);
        }

        writer.WriteEndObject();
    }
}
