using System.Globalization;
using Appliance.Proxy.Routing;
using Appliance.Proxy.Variables;
using CsCheck;

namespace Appliance.Proxy.Tests.Variables;

/// <summary>Paths: normalised as by a plain model, once and for all, and never above the root.</summary>
public sealed class RequestPathPropertyTests
{
    // Written from the words of nginx's documentation and not from the parser: decode, then go segment by segment.
    private static readonly Gen<string> _paths = Gen.OneOf(
            Made.TextOf(
                16,
                "/",
                "/",
                ".",
                "..",
                "a",
                "b;",
                "%2e",
                "%2F",
                "%2f",
                "%5c",
                "\\",
                "%25",
                "%2",
                "%",
                "%zz",
                "%41",
                "%00",
                " ",
                "ü",
                "\u00ff"
            ),
            Gen.Char['\u0001', '\u00ff'].Array[0, 20].Select(characters => new string(characters).Replace("?", "").Replace("#", ""))
        )
        .Select(text => "/" + text);

    private static readonly Gen<string> _queries = Made.TextOf(4, "?", "a=b", "&", "#", "/../", "%2e");

    [Fact]
    public void Normalized_AnyPath_IsWhatAPlainModelSays() =>
        Gen.Select(_paths, _queries)
            .Sample(
                (path, query) => RequestPath.TryParse(query is ['?' or '#', ..] ? path + query : path)?.Normalized.ShouldBe(Model(path)),
                iter: Made.Many * 4
            );

    [Fact]
    public void TryParse_AnyPath_IsRefusedOnlyAboveTheRootAndForZero() =>
        _paths.Sample(path => (RequestPath.TryParse(path) is null).ShouldBe(Model(path) is null), iter: Made.Many);

    [Fact]
    public void Normalized_AnyPath_NormalisesToItself() =>
        _paths.Sample(
            path =>
            {
                if (RequestPath.TryParse(path)?.Normalized is not { } normalized)
                    return;
                var target = RequestPath.Target(normalized);
                IsTarget(target).ShouldBeTrue(target);
                RequestPath.TryParse(target)!.Normalized.ShouldBe(normalized); // it was one
            },
            iter: Made.Many
        );

    [Fact]
    public void Normalized_AnyPath_StaysBelowTheRoot() =>
        _paths.Sample(
            path =>
            {
                if (RequestPath.TryParse(path)?.Normalized is not { } normalized)
                    return;
                normalized.ShouldStartWith("/");
                normalized.ShouldNotContain("//");
                normalized.Any(character => character > '\xff').ShouldBeFalse();
                normalized.Split('/').Any(segment => segment is "." or "..").ShouldBeFalse();
            },
            iter: Made.Many
        );

    // With an upstream path: what a server reads of it lies below that path.
    [Fact]
    public void Join_AnyPath_StaysBelowTheUpstreamPath() =>
        Gen.Select(_paths, Gen.OneOf("/", "/a", "/a/", "/a/b"), Gen.OneOf("/", "/up", "/up/", "/up/x/"), _queries)
            .Sample(
                (tail, location, upstream, query) =>
                {
                    var target = location + tail + (query.StartsWith('?') ? query : "");
                    if (RequestPath.TryParse(target) is not { } path || !path.Normalized.StartsWith(location, StringComparison.Ordinal))
                        return;
                    if (RawRest.Join(path, location, upstream) is { } raw)
                        IsBelow(raw, upstream, path.Query);
                    if (!Climbs(path, location, upstream))
                        IsBelow(path.Replace(location.Length, upstream), upstream, path.Query);
                },
                iter: Made.Many
            );

    private static bool Climbs(RequestPath path, string location, string upstream) =>
        RawRest.ClimbsAtTheBorder(path.Normalized, location, upstream)
        || (upstream.EndsWith('/') && path.Normalized[location.Length..] is ".." or ".");

    private static bool IsTarget(string text) => !text.AsSpan().ContainsAnyExceptInRange('!', '~');

    private static void IsBelow(string target, string upstream, string query)
    {
        IsTarget(target).ShouldBeTrue(target);
        var read = RequestPath.TryParse(target).ShouldNotBeNull(target);
        read.Normalized.ShouldStartWith(upstream.TrimEnd('/'), Case.Sensitive, target);
        read.Query.ShouldBe(RequestPath.Escaped(query));
    }

    private static string? Model(string path)
    {
        var text = "";
        for (var at = 0; at < path.Length; at++)
        {
            var isEscape = path[at] == '%' && at + 2 < path.Length && Uri.IsHexDigit(path[at + 1]) && Uri.IsHexDigit(path[at + 2]);
            text += isEscape ? (char)int.Parse(path.AsSpan(at + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) : path[at];
            at += isEscape ? 2 : 0;
        }

        var (kept, segments) = (new List<string>(), text.Split('/')[1..]);
        if (text.Contains('\0'))
            return null;
        foreach (var segment in segments)
        {
            if (segment == ".." && kept.Count == 0)
                return null;
            if (segment == "..")
                kept.RemoveAt(kept.Count - 1);
            else if (segment is not ("" or "."))
                kept.Add(segment);
        }

        var hasSlash = kept.Count > 0 && segments[^1] is "" or "." or "..";
        return "/" + string.Join('/', kept) + (hasSlash && kept.Count > 0 ? "/" : "");
    }
}
