using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace Appliance.Proxy.Items;

/// <summary>One thing an operator names and edits: a route, an upstream pool, a header map, a TLS policy.</summary>
public abstract record ConfigItem
{
    /// <summary>
    /// Identity that survives a rename. It belongs to the store, never to the document: documents match items by name.
    /// A new item gets a fresh one; <c>with</c> copies keep it.
    /// </summary>
    [JsonIgnore]
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>What people and other items call it. Unique within its kind, 1 to 64 characters.</summary>
    [JsonPropertyOrder(-10)]
    public required string Name { get; init; }

    /// <summary>Free words for search, and for scopes of people who may change only what carries one. Default: none.</summary>
    [JsonPropertyOrder(100)]
    public ImmutableArray<string> Tags { get; init; } = [];
}
