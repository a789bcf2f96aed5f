using System.Security.Cryptography.X509Certificates;
using Appliance.Data.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>Says whether an order got the chain that it prefers.</summary>
internal static class ChainWords
{
    /// <summary>
    /// As a sentence; null when the order prefers none. <paramref name="pem"/> is what was issued, the leaf first; null: nothing yet.
    /// </summary>
    public static string? Of(AcmeOrder order, string? pem)
    {
        if (order.PreferredChain is not { } preferred)
            return null;
        if (pem is null)
            return $"Preferred chain: {preferred}.";
        var root = RootOf(pem);
        return root == preferred
            ? $"Preferred chain: {preferred}, which it has."
            : $"Preferred chain: {preferred}. The certificate has one to {root}: the authority offered none to {preferred}, or it was "
                + "issued before that was preferred.";
    }

    // By the last certificate's issuer, as lego compares it: authorities send no root.
    private static string RootOf(string pem)
    {
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(pem);
        var root = chain[^1].GetNameInfo(X509NameType.SimpleName, forIssuer: true);
        foreach (var certificate in chain)
            certificate.Dispose();
        return root;
    }
}
