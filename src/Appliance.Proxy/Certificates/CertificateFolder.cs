using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Certificates;

/// <summary>
/// The certificates in a folder. A file that cannot be used is logged once, and the certificate that was read from it before stays in use:
/// a renewal writes two files, and we may look between them. Not thread-safe.
/// </summary>
/// <param name="folder">The folder's path; null: no folder is set.</param>
/// <param name="time">The clock that decides which certificates are valid.</param>
/// <param name="log">The log that says what became of a file.</param>
internal sealed class CertificateFolder(string? folder, TimeProvider time, ILogger<CertificateFolder> log)
{
    private readonly Dictionary<string, (string Mark, ServedCertificate? Certificate, string? Fault)> _known = new(StringComparer.Ordinal);

    /// <summary>What can be served, in the order of the files.</summary>
    public ImmutableArray<ServedCertificate> Served { get; private set; } = [];

    /// <summary>The files that cannot be used, and why.</summary>
    public ImmutableArray<CertificateProblem> Problems { get; private set; } = [];

    /// <summary>Looks. True when anything is other than before.</summary>
    public bool Look()
    {
        if (Files() is not { } files)
        {
            // Going on with what there is: a folder that is away for a moment is no reason to serve less.
            var away = new CertificateProblem("", $"The folder {folder} cannot be read.");
            if (Problems.Contains(away))
                return false;
            log.FolderAway(folder ?? "");
            Problems = [away];
            return true;
        }

        // The folder may have been away: its problem goes when it is back.
        var changed = Problems.Any(problem => problem.File.Length == 0);
        foreach (var gone in _known.Keys.Except(files, StringComparer.Ordinal).ToList())
        {
            changed = true;
            _known.Remove(gone);
            log.CertificateGone(Path.GetFileName(gone));
        }

        foreach (var file in files)
            changed |= Read(file);
        if (!changed)
            return false;
        Served = [.. files.Select(file => _known[file].Certificate).OfType<ServedCertificate>()];
        Problems =
        [
            .. files
                .Where(file => _known[file].Fault is not null)
                .Select(file => new CertificateProblem(Path.GetFileName(file), $"{Path.GetFileName(file)} {_known[file].Fault}.")),
        ];
        return true;
    }

    // True when the file is new or was changed.
    private bool Read(string file)
    {
        var mark = string.Join('|', CertificateFile.PartsOf(file).Select(Mark));
        var before = _known.GetValueOrDefault(file);
        if (before.Mark == mark)
            return false;
        var name = Path.GetFileName(file);
        var (certificate, fault) = CertificateFile.Read(file);
        _known[file] = (mark, certificate ?? before.Certificate, fault);
        if (certificate is null)
        {
            if (before.Certificate is null)
                log.CertificateNotRead(name, fault ?? "");
            else
                log.CertificateKept(name, fault ?? "");
            return true;
        }

        log.CertificateRead(name, string.Join(", ", certificate.Names), certificate.NotAfter);
        foreach (var note in certificate.Notes)
            log.CertificateMended(name, note);
        if (!certificate.IsValidAt(time.GetUtcNow()))
            log.CertificateNotValid(name, certificate.NotBefore, certificate.NotAfter);
        return true;
    }

    // Of what a link leads to: certbot and Kubernetes leave the file here as it is and turn a link behind it.
    private static string Mark(string file)
    {
        try
        {
            var target = File.ResolveLinkTarget(file, returnFinalTarget: true) as FileInfo ?? new FileInfo(file);
            return target.Exists ? $"{target.FullName}:{target.Length}:{target.LastWriteTimeUtc.Ticks}" : "-";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Reading it says what is wrong.
            return "?";
        }
    }

    private IReadOnlyList<string>? Files()
    {
        if (folder is null)
            return [];
        try
        {
            return [.. Directory.EnumerateFiles(folder).Where(CertificateFile.Is).Order(StringComparer.Ordinal)];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

/// <summary>What the folder logs; event ids 1600 to 1699 are for certificates.</summary>
internal static partial class CertificateFolderLog
{
    [LoggerMessage(1600, LogLevel.Information, "Certificate {File} is served for {Names}, valid until {NotAfter:u}.")]
    public static partial void CertificateRead(this ILogger<CertificateFolder> log, string file, string names, DateTimeOffset notAfter);

    [LoggerMessage(1601, LogLevel.Error, "Certificate {File} {Fault}; it is not served, the others are.")]
    public static partial void CertificateNotRead(this ILogger<CertificateFolder> log, string file, string fault);

    [LoggerMessage(1602, LogLevel.Error, "Certificate {File} changed and {Fault}; the one before is still served.")]
    public static partial void CertificateKept(this ILogger<CertificateFolder> log, string file, string fault);

    [LoggerMessage(1603, LogLevel.Warning, "Certificate {File}: {Note}")]
    public static partial void CertificateMended(this ILogger<CertificateFolder> log, string file, string note);

    [LoggerMessage(
        1604,
        LogLevel.Warning,
        "Certificate {File} is valid from {NotBefore:u} to {NotAfter:u}, not now; it is served only where no other has its names."
    )]
    public static partial void CertificateNotValid(
        this ILogger<CertificateFolder> log,
        string file,
        DateTimeOffset notBefore,
        DateTimeOffset notAfter
    );

    [LoggerMessage(1605, LogLevel.Information, "Certificate {File} is gone from its folder and served no more.")]
    public static partial void CertificateGone(this ILogger<CertificateFolder> log, string file);

    [LoggerMessage(1607, LogLevel.Error, "The folder {Folder} with the certificates cannot be read; what was read before is still served.")]
    public static partial void FolderAway(this ILogger<CertificateFolder> log, string folder);
}
