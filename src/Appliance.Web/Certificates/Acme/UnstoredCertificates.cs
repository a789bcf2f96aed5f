using System.Collections.Concurrent;
using Appliance.Data.Certificates;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// What authorities issued until the database has it. Orders are few and cost: one that was fulfilled must not be placed again because a
/// disk was full for a minute. In memory, and sealed in one file each beside the folders of the runs, for the next start. Thread-safe.
/// </summary>
public sealed class UnstoredCertificates(string place, CertificateOrders orders, ILogger<UnstoredCertificates> log)
{
    private const string Ending = ".sealed";
    private readonly ConcurrentDictionary<Guid, UnstoredCertificate> _all = new();

    /// <summary>The one of this certificate, or null.</summary>
    public UnstoredCertificate? Of(Guid certificate) => _all.GetValueOrDefault(certificate);

    internal IReadOnlyList<IssuedCertificate> All => [.. _all.Values.Select(certificate => certificate.Issued)];

    /// <summary>Takes what an earlier process could not store. Before the first order.</summary>
    internal void Load()
    {
        try
        {
            foreach (var file in Files())
            {
                if (!Guid.TryParse(Path.GetFileNameWithoutExtension(file), out var id))
                    continue;
                if (orders.Open(id, File.ReadAllBytes(file)) is { } issued)
                    _all[id] = new(issued, IsInFile: true, null);
                else
                    log.NotOpened(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: what cannot be read is ordered again.
            log.NotRead(exception);
        }
    }

    internal void Keep(IssuedCertificate issued) => _all[issued.Order.Id] = new(issued, Write(issued), null);

    /// <summary>The database did not take it. Where it is kept, in words; null when that was told before.</summary>
    internal string? Refused(Guid certificate, string problem)
    {
        if (!_all.TryGetValue(certificate, out var kept))
            return null;
        var now = kept with { IsInFile = kept.IsInFile || Write(kept.Issued), Problem = problem };
        _all[certificate] = now;
        return kept.Problem is null || kept.IsInFile != now.IsInFile ? now.Where : null;
    }

    /// <summary>It is stored, or nobody wants it any more.</summary>
    internal void Forget(Guid certificate)
    {
        _all.TryRemove(certificate, out _);
        Delete(FileOf(certificate));
    }

    /// <summary>Takes away those of certificates that are not there any more.</summary>
    internal void Clean(IReadOnlySet<Guid> certificates)
    {
        foreach (var file in Files())
        {
            if (Guid.TryParse(Path.GetFileNameWithoutExtension(file), out var id) && !certificates.Contains(id))
                Forget(id);
        }
    }

    private string[] Files() => Directory.Exists(place) ? Directory.GetFiles(place, "*" + Ending) : [];

    private string FileOf(Guid certificate) => Path.Combine(place, $"{certificate:N}{Ending}");

    private bool Write(IssuedCertificate issued)
    {
        var file = FileOf(issued.Order.Id);
        try
        {
            PrivateFile.CreateFolder(place);
            PrivateFile.Write(file, orders.Close(issued));
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: it is in memory, and the disk may take it at the next try. Half a file opens with no key.
            log.NotWritten(exception, issued.Order.Name);
            return false;
        }
    }

    private void Delete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (DirectoryNotFoundException)
        {
            // Nor was there a file.
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: at the next start it is seen that the database has it.
            log.NotDeleted(exception, file);
        }
    }
}

/// <summary>A certificate that the database does not have yet.</summary>
/// <param name="Issued">It.</param>
/// <param name="IsInFile">True when it outlives this process.</param>
/// <param name="Problem">What the database said, without the last dot; null: it was not asked yet.</param>
public sealed record UnstoredCertificate(IssuedCertificate Issued, bool IsInFile, string? Problem)
{
    /// <summary>Where it is kept, in words.</summary>
    public string Where =>
        IsInFile
            ? "sealed in the data folder"
            : "in memory alone, as the data folder cannot be written either (a stop of this program loses it)";
}

internal static partial class UnstoredCertificatesLog
{
    [LoggerMessage(
        3720,
        LogLevel.Warning,
        "{File} cannot be opened: it was sealed with another master key, or cut. What was issued then is ordered again."
    )]
    public static partial void NotOpened(this ILogger log, string file);

    [LoggerMessage(3721, LogLevel.Warning, "What an earlier process could not store could not be read; it is ordered again.")]
    public static partial void NotRead(this ILogger log, Exception exception);

    [LoggerMessage(
        3722,
        LogLevel.Warning,
        "What was issued for certificate {Name} could not be written into the data folder; it is in memory."
    )]
    public static partial void NotWritten(this ILogger log, Exception exception, string name);

    [LoggerMessage(3723, LogLevel.Warning, "{File} could not be deleted; what is in it is stored.")]
    public static partial void NotDeleted(this ILogger log, Exception exception, string file);
}
