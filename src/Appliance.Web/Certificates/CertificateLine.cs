using System.Collections.Immutable;
using Appliance.Data.Certificates;
using Appliance.Proxy.Certificates;

namespace Appliance.Web.Certificates;

/// <summary>The state of a certificate, for lists.</summary>
public enum CertificateStatus
{
    /// <summary>Clients are shown this certificate.</summary>
    Served,

    /// <summary>Others have all its names, and it is not the default.</summary>
    Shadowed,

    /// <summary>It is not valid any more.</summary>
    Expired,

    /// <summary>It is not valid yet.</summary>
    NotYet,

    /// <summary>It was ordered, and is not there yet.</summary>
    Ordered,

    /// <summary>It was ordered and could not be issued; nothing is served in its place.</summary>
    NotIssued,

    /// <summary>It cannot be read.</summary>
    Broken,
}

/// <summary>One certificate of the folder or of the store, as the console shows it.</summary>
/// <param name="Name">What people call it.</param>
/// <param name="Origin">The folder, or the store.</param>
/// <param name="Status">How it is doing.</param>
/// <param name="Names">What it is good for.</param>
public sealed record CertificateLine(string Name, CertificateOrigin Origin, CertificateStatus Status, ImmutableArray<string> Names)
{
    /// <summary>What is stored of it; null for the folder's.</summary>
    public CertificateRow? Row { get; init; }

    /// <summary>The file's name; empty for the store's.</summary>
    public string File { get; init; } = "";

    /// <summary>What is served of it; null when nothing is.</summary>
    public ServedCertificate? Served { get; init; }

    /// <summary>What it says of itself; null when it was not issued yet or cannot be read.</summary>
    public CertificateFacts? Facts { get; init; }

    /// <summary>Those that are sent behind it.</summary>
    public ImmutableArray<CertificateFacts> Chain { get; init; } = [];

    /// <summary>Why it cannot be served, or the newest of it cannot: a sentence, or null.</summary>
    public string? Problem { get; init; }

    /// <summary>Other certificates that its names get, by name.</summary>
    public ImmutableArray<(string Name, string By)> ShadowedBy { get; init; } = [];

    /// <summary>It is what clients without a name get.</summary>
    public bool IsDefault { get; init; }

    /// <summary>What was fixed in it.</summary>
    public ImmutableArray<string> Notes => Served?.Notes ?? [];

    /// <summary>Where it came from, in a word or two.</summary>
    public string Source =>
        Origin == CertificateOrigin.Folder
            ? "folder"
            : Row?.Kind switch
            {
                CertificateKind.Acme => "ACME",
                CertificateKind.SelfSigned => "self-signed",
                _ => "uploaded",
            };

    /// <summary>The path of its page.</summary>
    public string Path => Row is { } row ? $"/certificates/{row.Id}" : $"/certificates/files/{Uri.EscapeDataString(File)}";

    /// <summary>True when this page can be found by the word.</summary>
    public bool Has(string word) =>
        Name.Contains(word, StringComparison.OrdinalIgnoreCase)
        || File.Contains(word, StringComparison.OrdinalIgnoreCase)
        || Names.Any(name => name.Contains(word, StringComparison.OrdinalIgnoreCase))
        || Source.Contains(word, StringComparison.OrdinalIgnoreCase)
        || Facts?.Issuer.Contains(word, StringComparison.OrdinalIgnoreCase) == true
        || Facts?.Sha256.StartsWith(word.Replace(":", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase) == true;
}
