using System.Collections.Immutable;
using Appliance.Proxy.Config;
using Appliance.Proxy.Items;

namespace Appliance.Web.Api;

/// <summary>What came of a change, as the API answers it.</summary>
/// <param name="Revision">The revision that was stored, or else the newest.</param>
internal sealed record ApiChange(long Revision)
{
    /// <summary>True: it was stored.</summary>
    public bool IsStored { get; init; }

    /// <summary>True: the proxy runs this revision.</summary>
    public bool IsLive { get; init; }

    /// <summary>True: it was only tried.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>What changed, as a line.</summary>
    public string Summary { get; init; } = "nothing";

    /// <summary>What changed, item by item.</summary>
    public ImmutableArray<ItemChange> Changes { get; init; } = [];

    /// <summary>What is older than this change, and warnings.</summary>
    public IReadOnlyList<ConfigProblem> Notes { get; init; } = [];

    /// <summary>Why it is stored and not live; null: it is live, or was not stored.</summary>
    public string? Reason { get; init; }

    /// <summary>Sends it.</summary>
    public Task SendAsync(HttpContext context, int status) => ApiJson.SendAsync(context, status, writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber("revision", Revision);
            writer.WriteBoolean("stored", IsStored);
            if (!IsDryRun)
                writer.WriteBoolean("live", IsLive);
            writer.WriteBoolean("dryRun", IsDryRun);
            writer.WriteString("summary", Summary);
            writer.WriteStartArray("changes");
            foreach (var change in Changes)
            {
                writer.WriteStartObject();
                writer.WriteString("kind", change.Kind.ToString().ToLowerInvariant());
                writer.WriteString("item", change.Item);
                writer.WriteString("name", change.Name);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            ApiJson.WriteProblems(writer, "notes", Notes);
            if (Reason is not null)
                writer.WriteString("reason", Reason);
            writer.WriteEndObject();
        });
}
