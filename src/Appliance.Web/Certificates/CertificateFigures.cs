using System.Collections.Immutable;
using Appliance.Web.Live;

namespace Appliance.Web.Certificates;

/// <summary>What the console's view says about certificates.</summary>
public static class CertificateFigures
{
    extension(ConsoleView view)
    {
        /// <summary>Every certificate, and what of it is served.</summary>
        public CertificateList Certificates =>
            view.Shelf.Once(facts => CertificateList.Of(facts.Rows, facts.Choice, facts.Problems, facts.At));

        /// <summary>What of certificates somebody should look at.</summary>
        public ImmutableArray<CertificateNotice> CertificateNotices => view.Once(now => CertificateNotice.Of(now.Certificates, now.At));
    }
}
