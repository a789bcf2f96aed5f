namespace Appliance.Proxy.Headers;

/// <summary>What a rule does with its header.</summary>
public enum HeaderOperation
{
    /// <summary>Replaces every line of that name; an empty value removes them (nginx: proxy_set_header).</summary>
    Set,

    /// <summary>Adds one line, keeping those that are there; an empty value adds nothing.</summary>
    Append,

    /// <summary>Removes every line of that name.</summary>
    Remove,
}

/// <summary>One change to a request's or a response's headers.</summary>
public sealed record HeaderRule
{
    /// <summary>Set (default), append or remove.</summary>
    public HeaderOperation Operation { get; init; } = HeaderOperation.Set;

    /// <summary>The header's name, a token (RFC 9110, 5.1).</summary>
    public required string Name { get; init; }

    /// <summary>
    /// A template over variables: <c>$remote_addr</c>, <c>Bearer ${cookie_session}</c>. Not used by remove. Default empty.
    /// </summary>
    public string Value { get; init; } = "";
}
