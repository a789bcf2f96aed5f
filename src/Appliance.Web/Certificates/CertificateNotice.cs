using System.Collections.Immutable;
using Appliance.Data.Certificates;
using Appliance.Web.Controls;

namespace Appliance.Web.Certificates;

/// <summary>Something about certificates that somebody should look at.</summary>
/// <param name="IsTrouble">Clients see it, or will within days; false: there is time.</param>
/// <param name="Sentence">What it is.</param>
/// <param name="Path">Where to look.</param>
/// <param name="Topic">What it is about, a word that stays the same while the sentence changes.</param>
public sealed record CertificateNotice(bool IsTrouble, string Sentence, string Path, string Topic)
{
    /// <summary>From when on an expiry is worth a notice.</summary>
    public static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <summary>From when on it is trouble.</summary>
    public static readonly TimeSpan VerySoon = TimeSpan.FromDays(3);

    /// <summary>All of them, trouble first.</summary>
    public static ImmutableArray<CertificateNotice> Of(CertificateList list, DateTimeOffset now) => Of(list, now, Soon);

    /// <summary>All of them with another time for what is soon.</summary>
    public static ImmutableArray<CertificateNotice> Of(CertificateList list, DateTimeOffset now, TimeSpan soon)
    {
        var all = list.Problems.Select(sentence => new CertificateNotice(true, sentence, "/certificates", "source")).ToList();
        foreach (var line in list.Lines)
        {
            if (line.Problem is { } problem)
                all.Add(new(true, problem, line.Path, "problem"));
            if (line.Row is { LastProblem: { } failure, Kind: CertificateKind.Acme } row)
                all.Add(
                    new(
                        line.Status != CertificateStatus.Served || (line.Facts is { } facts && facts.NotAfter - now < VerySoon),
                        $"{row.Name} was not {(row.Pem is null ? "issued" : "renewed")}: {failure}",
                        line.Path,
                        "order"
                    )
                );

            // What another one serves may expire: nobody gets it.
            if (
                line.Served is { } served
                && line.Status is CertificateStatus.Served or CertificateStatus.Expired
                && served.NotAfter - now < soon
                && !IsReplaced(line, list, now)
            )
                all.Add(
                    new(
                        served.NotAfter - now < VerySoon,
                        $"{line.Name} ({First(line)}) {Expires(served.NotAfter, now)}.",
                        line.Path,
                        "expiry"
                    )
                );
        }

        return [.. all.OrderByDescending(notice => notice.IsTrouble)];
    }

    /// <summary>As a sentence's end: <c>expires in 5 days</c>, <c>expired 2 hours ago</c>.</summary>
    public static string Expires(DateTimeOffset at, DateTimeOffset now) =>
        at > now ? $"expires in {Span(at - now)}" : $"expired {Span(now - at)} ago";

    /// <summary>In the largest unit: 23 days, 5 hours, 1 minute.</summary>
    public static string Span(TimeSpan span) =>
        span.TotalDays >= 2 ? Shown.Some((int)span.TotalDays, "day")
        : span.TotalHours >= 2 ? Shown.Some((int)span.TotalHours, "hour")
        : Shown.Some(Math.Max(1, (int)span.TotalMinutes), "minute");

    private static string First(CertificateLine line) =>
        line.Names.Length switch
        {
            0 => "no names",
            1 => line.Names[0],
            _ => $"{line.Names[0]} and {Shown.Some(line.Names.Length - 1, "other")}",
        };

    private static bool IsReplaced(CertificateLine line, CertificateList list, DateTimeOffset now) =>
        !line.IsDefault && line.Names.All(name => list.Choice.ServedFor(name) is { } by && by != line.Served && by.IsValidAt(now));
}
