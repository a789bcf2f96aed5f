using System.Collections.Immutable;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Web.Live;

/// <summary>
/// The certificates of a moment as they are stored and as they are served. The same object until one of the two changes, or some time has
/// passed.
/// </summary>
/// <param name="Rows">What is stored.</param>
/// <param name="Choice">What is served.</param>
/// <param name="Problems">What is wrong with what is stored or with the folder.</param>
/// <param name="At">When they were read, UTC.</param>
public sealed record ShelfFacts(
    IReadOnlyList<CertificateRow> Rows,
    CertificateChoice Choice,
    ImmutableArray<CertificateProblem> Problems,
    DateTimeOffset At
)
{
    /// <summary>Before anything was read.</summary>
    public static ShelfFacts None { get; } = new([], CertificateChoice.None, [], DateTimeOffset.MinValue);

    private readonly Figures _figures = new();

    /// <summary>
    /// What <paramref name="derive"/> makes of these facts, worked out when first asked for, once for everybody. One kind of figure has one
    /// derivation.
    /// </summary>
    public T Once<T>(Func<ShelfFacts, T> derive)
        where T : notnull => _figures.Once(this, derive);
}
