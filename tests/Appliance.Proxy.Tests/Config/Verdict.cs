using System.Collections.Immutable;
using System.Text;
using Appliance.Proxy.Config;

namespace Appliance.Proxy.Tests.Config;

/// <summary>What the product says to a document: the codes of what it refuses. None: it takes it.</summary>
internal sealed record Verdict(ImmutableArray<string> Codes)
{
    public bool IsTaken => Codes.IsEmpty;

    public static Verdict Of(string document)
    {
        var parsed = ConfigDocument.Parse(Encoding.UTF8.GetBytes(document));
        return new([
            .. parsed.Document is { } read
                ? new ConfigValidator().Check(ProxyConfig.Empty, read.Config).Errors.Select(problem => problem.Code)
                : parsed.Problems.Select(problem => problem.Code),
        ]);
    }
}
