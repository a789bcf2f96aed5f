using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Appliance.Data.Certificates;
using Appliance.Web.Forms;

namespace Appliance.Web.Certificates.Acme;

/// <summary>The rules of an order: what a draft means, and what is wrong with it.</summary>
public static partial class AcmeRules
{
    private const int LongestRoot = 200;

    /// <summary>What is wrong, at its fields; and the order, which counts only when nothing is.</summary>
    public static (IReadOnlyList<string> Names, AcmeOrder Order) Read(
        AcmeDraft draft,
        ImmutableArray<DnsSetting> known,
        List<FieldProblem> problems
    )
    {
        var names = AcmeNames.Read(draft.Names, draft.IsDns, "names", problems);
        if (draft.Name.Trim().Length > 64)
            problems.Add(new("name", "A name has at most 64 characters."));
        if (!Address().IsMatch(draft.Email.Trim()) || draft.Email.Length > 254)
            problems.Add(
                new(
                    "email",
                    draft.Email.Trim().Length == 0
                        ? "Write an address that receives mail: the authority writes there before a certificate expires."
                        : $"{draft.Email.Trim()} is no mail address, such as admin@example.com."
                )
            );
        if (!draft.Agreed)
            problems.Add(new("agreed", "An authority issues only to those who agree to its terms of service."));
        if (draft.PreferredChain.Trim() is var root && (root.Length > LongestRoot || root.Any(char.IsControl)))
            problems.Add(
                new("chain", $"Write the common name of a root alone, such as ISRG Root X1: one line, at most {LongestRoot} characters.")
            );
        var directory = Directory(draft, problems);
        Binding(draft, problems);
        MovedAuthority(draft, directory, problems);
        if (draft.IsDns)
            draft.Zone.Moved(known, problems);
        var (settings, resolvers) = draft.IsDns ? draft.Zone.Read(known, problems) : (ImmutableSortedDictionary<string, string>.Empty, []);
        return (
            names,
            new()
            {
                DirectoryUrl = directory?.AbsoluteUri ?? "",
                Email = draft.Email.Trim(),
                KeyType = draft.Key,
                Challenge = draft.IsDns ? "dns" : "http",
                DnsProvider = draft.IsDns ? draft.Provider : null,
                DnsSettings = settings,
                DnsResolvers = resolvers,
                SkipDnsCheck = draft.IsDns && draft.SkipCheck,
                TrustedRoots =
                    draft.Authority == CertificateAuthority.Other && draft.TrustedRoots.Trim().Length > 0
                        ? draft.TrustedRoots.Trim()
                        : null,
                PreferredChain = draft.PreferredChain.Trim() is { Length: > 0 } chain ? chain : null,
            }
        );
    }

    /// <summary>
    /// The authority's directory, as chosen or typed. Null, with a problem of the field, when the text is not an https address.
    /// </summary>
    public static Uri? Directory(AcmeDraft draft, List<FieldProblem> problems)
    {
        if (draft.Chosen.Directory is { } known)
            return known;
        if (draft.TrustedRoots.Trim().Length > 0)
            CheckRoots(draft.TrustedRoots, problems);
        if (
            Uri.TryCreate(draft.DirectoryUrl.Trim(), UriKind.Absolute, out var url)
            && url.Scheme == Uri.UriSchemeHttps
            && url.UserInfo.Length == 0
            && url.Fragment.Length == 0
        )
            return url;
        problems.Add(
            new(
                "directory",
                draft.DirectoryUrl.Trim().Length == 0
                    ? "Write the address of the authority's directory, such as https://ca.example.com/acme/acme/directory."
                    : "The address of a directory begins with https:// and has neither a user nor a fragment."
            )
        );
        return null;
    }

    private static void CheckRoots(string text, List<FieldProblem> problems)
    {
        try
        {
            var roots = new X509Certificate2Collection();
            roots.ImportFromPem(text);
            if (roots.Count == 0)
                problems.Add(new("roots", "There is no certificate in it; it begins with -----BEGIN CERTIFICATE-----."));
            foreach (var root in roots)
                root.Dispose();
        }
        catch (CryptographicException)
        {
            problems.Add(new("roots", "This is no certificate in PEM; copy the whole file, with its first and last line."));
        }

        if (text.Contains("PRIVATE KEY", StringComparison.Ordinal))
            problems.Add(new("roots", "There is a private key in it; paste the certificate alone, and keep the key to yourself."));
    }

    private static void Binding(AcmeDraft draft, List<FieldProblem> problems)
    {
        var (kid, hmac) = (draft.Kid.Trim(), draft.Hmac.Typed.Trim());
        var hasHmac = hmac.Length > 0 || draft.Hmac.Stays;
        if (kid.Length == 0 && (hmac.Length > 0 || draft.Chosen.NeedsBinding))
            problems.Add(
                new(
                    "kid",
                    $"{(draft.Chosen.NeedsBinding ? draft.Chosen.Name + " opens accounts only with a key that it hands out" : "The HMAC key belongs to a key identifier")}; write it here."
                )
            );
        if (!hasHmac && (kid.Length > 0 || draft.Chosen.NeedsBinding))
            problems.Add(new("hmac", "Write the HMAC key that the authority showed with the key identifier."));
        if (hmac.Length > 0 && !Base64().IsMatch(hmac))
            problems.Add(new("hmac", "An HMAC key has letters, digits, - and _ alone; copy it once more."));
        if (kid.Length > 512 || kid.Any(char.IsControl))
            problems.Add(new("kid", "This is no key identifier; copy it once more."));
    }

    // Somebody who may change an order may not see its secrets: they must not be had by sending them to another server.
    private static void MovedAuthority(AcmeDraft draft, Uri? directory, List<FieldProblem> problems)
    {
        if (draft.Stored is { } stored && draft.Hmac.Stays && directory is not null && directory.AbsoluteUri != stored.DirectoryUrl)
            problems.Add(
                new(
                    "hmac",
                    "The authority is another one now: write the HMAC key that this one showed, or remove it together with the key "
                        + "identifier."
                )
            );
    }

    // The client makes a folder of this name: no slash, and nothing that begins with a dot or a hyphen.
    [GeneratedRegex(@"^[A-Za-z0-9_][A-Za-z0-9._%+'-]*@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$")]
    private static partial Regex Address();

    [GeneratedRegex(@"^[A-Za-z0-9_+/-]+=*$")]
    private static partial Regex Base64();
}
