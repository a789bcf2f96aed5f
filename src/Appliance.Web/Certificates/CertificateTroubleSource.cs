using Appliance.Data.Notices;
using Appliance.Web.Live;
using Appliance.Web.Troubles;

namespace Appliance.Web.Certificates;

/// <summary>What the pages say of certificates, as troubles: they have one derivation.</summary>
internal sealed class CertificateTroubleSource : ITroubleSource
{
    /// <inheritdoc/>
    public IReadOnlyList<TroubleKind> Kinds { get; } = [TroubleKind.Certificate];

    /// <inheritdoc/>
    public IEnumerable<Trouble> Of(ConsoleView view, IReadOnlySet<string> open) =>
        view.CertificateNotices.Select(notice => new Trouble
        {
            Id = notice.Topic == "source" ? $"certificate/{notice.Sentence}" : $"certificate{notice.Path}/{notice.Topic}",
            Kind = TroubleKind.Certificate,
            Severity = notice.IsTrouble ? NoticeSeverity.Critical : NoticeSeverity.Warning,
            Sentence = notice.Sentence,
            Path = notice.Path,
        });
}
