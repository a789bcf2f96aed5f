using System.Collections.Immutable;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Appliance.Proxy.Tls;

/// <summary>
/// The certificates in a folder, looked at every ten seconds. What changed is taken without touching an open connection; what cannot be used is said once, and the
/// one that was read from that file before goes on, since a renewal writes two files and we may look between them.
/// </summary>
public sealed class CertificateFolder : BackgroundService
{
    internal static readonly TimeSpan LooksEvery = TimeSpan.FromSeconds(10);
    private readonly string? folder;
    private readonly TimeProvider time;
    private readonly ILogger<CertificateFolder> log;
    private readonly Lazy<ServedCertificate> selfMade;
    private readonly Dictionary<string, (string Mark, ServedCertificate? Certificate, string? Fault)> known = new(StringComparer.Ordinal);
    private State state;

    /// <summary>Reads the folder; null is none.</summary>
    public CertificateFolder(string? folder, TimeProvider time, ILogger<CertificateFolder> log)
    {
        (this.folder, this.time, this.log) = (folder, time, log);
        selfMade = new(() => SelfMade.Make(time.GetUtcNow()));
        state = new(null, []);
        Look();
    }

    /// <summary>What is served now; never empty.</summary>
    public CertificateChoice Choice => Volatile.Read(ref state).Choice ?? throw new InvalidOperationException("Nothing was read.");

    /// <summary>What cannot be.</summary>
    public ImmutableArray<CertificateProblem> Problems => Volatile.Read(ref state).Problems;

    /// <summary>The time by which certificates are valid.</summary>
    internal DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Looks now. Not for two threads at once.</summary>
    internal void Look()
    {
        var before = state;
        if (Files() is not { } files)
        {
            // Going on with what there is: a folder that is away for a moment is no reason to serve less.
            var away = new CertificateProblem("", $"The folder {folder} cannot be read.");
            if (before.Choice is null || !before.Problems.Contains(away))
                log.FolderAway(folder ?? "");
            Volatile.Write(ref state, new(before.Choice ?? new([selfMade.Value], Now), [away]));
            return;
        }

        var changed = known.Keys.Except(files, StringComparer.Ordinal).ToList() is { Count: > 0 };
        foreach (var gone in known.Keys.Except(files, StringComparer.Ordinal).ToList())
        {
            known.Remove(gone);
            log.CertificateGone(Path.GetFileName(gone));
        }

        foreach (var file in files)
            changed |= Read(file);

        // The folder may have been away: its problem goes when it is back. And what was not valid yet may be now.
        if (changed || before.Choice is null || before.Problems.Any(one => one.File.Length == 0) || before.Choice.All.Any(one => one.NotBefore > Now))
            Volatile.Write(ref state, Made(files, before.Choice));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LooksEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                LookOrSay();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The proxy stops.
        }
    }

    private void LookOrSay()
    {
        try
        {
            Look();
        }
        catch (Exception exception)
        {
            // Going on is right: what was read before is served, and in ten seconds there is another look.
            log.LookFailed(exception);
        }
    }

    private State Made(IReadOnlyList<string> files, CertificateChoice? before)
    {
        ImmutableArray<ServedCertificate> served = [.. files.Select(file => known[file].Certificate).OfType<ServedCertificate>()];
        if (served.IsEmpty && before is not { Default.IsSelfMade: true })
            log.NothingToServe(folder ?? "no folder");
        return new(
            new(served.IsEmpty ? [selfMade.Value] : served, Now),
            [.. files.Where(file => known[file].Fault is not null).Select(file => new CertificateProblem(Path.GetFileName(file), $"{Path.GetFileName(file)} {known[file].Fault}."))]);
    }

    // True when the file is new or was changed.
    private bool Read(string file)
    {
        var mark = string.Join('|', CertificateFile.PartsOf(file).Select(Mark));
        var before = known.GetValueOrDefault(file);
        if (before.Mark == mark)
            return false;
        var name = Path.GetFileName(file);
        var (certificate, fault) = CertificateFile.Read(file);
        known[file] = (mark, certificate ?? before.Certificate, fault);
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
        if (!certificate.IsValidAt(Now))
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

    private sealed record State(CertificateChoice? Choice, ImmutableArray<CertificateProblem> Problems);
}

/// <summary>What certificates log; event ids 1600 to 1699.</summary>
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

    [LoggerMessage(1604, LogLevel.Warning, "Certificate {File} is valid from {NotBefore:u} to {NotAfter:u}, not now; it is served only where no other has its names.")]
    public static partial void CertificateNotValid(this ILogger<CertificateFolder> log, string file, DateTimeOffset notBefore, DateTimeOffset notAfter);

    [LoggerMessage(1605, LogLevel.Information, "Certificate {File} is gone from its folder and served no more.")]
    public static partial void CertificateGone(this ILogger<CertificateFolder> log, string file);

    [LoggerMessage(1606, LogLevel.Warning, "There is no certificate to serve ({Folder}): one was made that clients do not trust. Put one into the folder that APPLIANCE_CERTIFICATES names.")]
    public static partial void NothingToServe(this ILogger<CertificateFolder> log, string folder);

    [LoggerMessage(1608, LogLevel.Error, "The look at the certificates failed; what was read before is still served.")]
    public static partial void LookFailed(this ILogger<CertificateFolder> log, Exception exception);

    [LoggerMessage(1607, LogLevel.Error, "The folder {Folder} with the certificates cannot be read; what was read before is still served.")]
    public static partial void FolderAway(this ILogger<CertificateFolder> log, string folder);
}
