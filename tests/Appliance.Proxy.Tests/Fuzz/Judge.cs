namespace Appliance.Proxy.Tests.Fuzz;

/// <summary>Compares what came of a probe with its rule.</summary>
internal static class Judge
{
    /// <summary>What is wrong, or null.</summary>
    public static string? Complaint(Probe probe, Answer answer, Recorded[] seen)
    {
        var at = probe.Placing;
        if (answer.Fault is { } fault)
            return $"the client got {fault}";
        if (answer.End == AnswerEnd.Silence)
            return "no answer within the limit";
        if (seen.Select(one => Foreign(at.Mark, one)).FirstOrDefault(one => one is not null) is { } foreign)
            return foreign;
        if (!IsOwn(at.Mark, answer))
            return "the client got another request's mark";

        // 5xx says that something went wrong here, or that a server is blamed; a coding or a version that is not understood is said so.
        if (answer.Status is >= 500 and not (501 or 505))
            return $"answered {answer.Status}";
        var isRefused = answer.Status is (>= 400 and < 500) or 501 or 505 || (answer.Status == 0 && at.IsHttp2);
        if (answer.Status == 0 && !at.IsHttp2)
            return "closed without an answer";
        if (isRefused)
        {
            if (seen.FirstOrDefault(one => one.IsComplete) is { } whole)
                return $"answered {answer.Status}, and the server has it: {Octets.Literal(whole.Raw)}";
            if (!probe.MustRefuse && !probe.MayRefuse)
                return $"refused: {answer.Status} {answer.End}";
            return seen.Select(one => Written(probe, one)).FirstOrDefault(one => one is not null);
        }

        if (probe.Own is { } own && seen.Length == 0)
            return probe.MustRefuse ? $"must be refused, and was answered {answer.Status}" : own(answer);
        if (answer.Status != (at.IsWebSocket && !at.IsHttp2 ? 101 : 200))
            return $"answered {answer.Status}";
        if (answer.Value("x-mark") != at.Mark || (!at.IsWebSocket && answer.Body != at.Mark))
            return "an answer that its server did not give";
        if (seen is not [{ IsComplete: true } only])
            return $"the server has it {seen.Length} times";
        if (probe.MustRefuse)
            return $"must be refused, and the server has it: {Octets.Literal(only.Raw)}";
        return Written(probe, only);
    }

    // The heart of it: the whole message and nothing else.
    private static string? Written(Probe probe, Recorded seen)
    {
        if (seen.Fault is { } fault)
            return $"the server got {fault} in {Octets.Literal(seen.Raw)}";
        if (seen.Method != (probe.SeenMethod ?? probe.Method))
            return $"the server got the method {Octets.Literal(seen.Method)}";
        if (probe.SeenTargets.IsEmpty ? seen.Target != probe.Target : !probe.SeenTargets.Contains(seen.Target))
            return $"the server got the target {Octets.Literal(seen.Target)}";
        if (seen.IsComplete ? seen.Body != probe.SeenBody : !probe.SeenBody.StartsWith(seen.Body, StringComparison.Ordinal))
            return $"the server got the body {Octets.Literal(seen.Body)}";
        var expected = Lines(probe);
        foreach (var group in seen.Lines.GroupBy(line => line.Name))
        {
            if (!expected.Remove(group.Key, out var right))
                return $"nobody sent {Octets.Literal($"{group.Key}: {group.First().Value}")}";
            if (group.Count() > 1)
                return $"{group.Key} came {group.Count()} times";
            var value = group.Single().Value;
            if (!right.Any(one => IsAs(value, one)) && right is not [Probe.Any, ..])
                return $"{group.Key} is {Octets.Literal(value)}, and should be {string.Join(" or ", right.Select(Octets.Literal))}";
        }

        return expected.FirstOrDefault(line => !line.Value.Contains(Probe.Absent)) is { Key: { } missing } ? $"{missing} is missing" : null;
    }

    private static Dictionary<string, string[]> Lines(Probe probe)
    {
        var at = probe.Placing;
        string[] hosts = probe.SeenHosts.IsEmpty ? [probe.Host] : [.. probe.SeenHosts];
        var lines = new Dictionary<string, string[]>
        {
            ["host"] = hosts,
            ["x-mark"] = [at.Mark],
            ["cookie"] = [probe.Cookie],
            ["x-forwarded-for"] = ["127.0.0.1"],
            ["x-forwarded-proto"] = [at.IsSecure ? "https" : "http"],
            ["x-forwarded-host"] = hosts,
        };
        if (at.IsWebSocket)
        {
            lines["sec-websocket-version"] = ["13"];
            if (at.Server != ServerKind.H2c)
                (lines["connection"], lines["upgrade"], lines["sec-websocket-key"]) = (["Upgrade"], ["websocket"], [Probe.Any]);
        }

        if (probe.Chunks is not null && at.Server != ServerKind.H2c)
            lines["transfer-encoding"] = ["chunked"];

        // A method that may have a body says that it has none (RFC 9110, 8.6).
        if ((probe.SeenMethod ?? probe.Method) is not ("GET" or "HEAD") && probe.Chunks is null)
            lines["content-length"] = ["0", Probe.Absent];
        foreach (var (name, values) in probe.Seen)
            lines[name] = [.. values];
        return lines;
    }

    // White space around a value is not a part of it.
    private static bool IsAs(string value, string right) =>
        value == right.Trim(' ', '\t') || value == Octets.BlankedButTabs(right).Trim(' ', '\t');

    private static string? Foreign(string mark, Recorded seen)
    {
        foreach (var found in Marks(seen.Raw + seen.Body))
        {
            if (found != mark)
                return $"OTHER PEOPLE'S BYTES at a server: {Octets.Literal(seen.Raw)}";
        }

        return null;
    }

    /// <summary>True when no mark but its own is in an answer.</summary>
    public static bool IsOwn(string mark, Answer answer) =>
        Marks(string.Concat(answer.Lines.Select(line => $"{line.Value}\n")) + answer.Body).All(found => found == mark);

    private static IEnumerable<string> Marks(string text) =>
        System.Text.RegularExpressions.Regex.Matches(text, "mk[0-9a-f]{16}").Select(match => match.Value);
}
