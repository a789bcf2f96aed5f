using System.Diagnostics.CodeAnalysis;
using Microsoft.Net.Http.Headers;

namespace Appliance.Web.Api;

/// <summary>From which version a request was made: <c>If-Match</c> and <c>If-None-Match</c> (RFC 9110, 13.1).</summary>
internal sealed class Precondition
{
    private readonly IList<EntityTagHeaderValue>? _match;
    private readonly IList<EntityTagHeaderValue>? _noneMatch;

    private Precondition(IList<EntityTagHeaderValue>? match, IList<EntityTagHeaderValue>? noneMatch) =>
        (_match, _noneMatch) = (match, noneMatch);

    /// <summary>Reads the headers. False when one of them cannot be read: to ignore it would overwrite what somebody wanted kept.</summary>
    public static bool TryRead(HttpRequest request, [NotNullWhen(true)] out Precondition? condition)
    {
        condition = null;
        if (!TryRead(request.Headers.IfMatch, out var match) || !TryRead(request.Headers.IfNoneMatch, out var noneMatch))
            return false;
        condition = new(match, noneMatch);
        return true;
    }

    /// <summary>True when a change may be made of the version <paramref name="current"/>; null: there is nothing yet.</summary>
    public bool Holds(string? current) =>
        (_match is null || (current is not null && _match.Any(tag => IsAny(tag) || (!tag.IsWeak && tag.Tag == current))))
        && (_noneMatch is null || current is null || !_noneMatch.Any(tag => IsAny(tag) || tag.Tag == current));

    /// <summary>True when the program has the version <paramref name="current"/> already.</summary>
    public bool IsKnown(string current) => _noneMatch?.Any(tag => IsAny(tag) || tag.Tag == current) == true;

    private static bool IsAny(EntityTagHeaderValue tag) => tag.Tag == "*";

    private static bool TryRead(Microsoft.Extensions.Primitives.StringValues values, out IList<EntityTagHeaderValue>? tags)
    {
        tags = null;
        return values.Count == 0 || EntityTagHeaderValue.TryParseStrictList(values, out tags);
    }
}
