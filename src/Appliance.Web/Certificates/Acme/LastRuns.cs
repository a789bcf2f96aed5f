using System.Collections.Immutable;
using System.Text.Json;

namespace Appliance.Web.Certificates.Acme;

/// <summary>
/// How the last order of each certificate went, in full: one file each beside the folders of the runs. Nothing depends on them; without
/// one, less is shown.
/// </summary>
public sealed class LastRuns(string place, ILogger<LastRuns> log)
{
    /// <summary>The one of this certificate, or null.</summary>
    public LastRun? Of(Guid certificate)
    {
        try
        {
            return File.Exists(FileOf(certificate)) ? JsonSerializer.Deserialize<LastRun>(File.ReadAllBytes(FileOf(certificate))) : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            // As if there was none: the row in the database still says what is wrong, in one sentence.
            return null;
        }
    }

    internal void Keep(Guid certificate, LastRun run)
    {
        try
        {
            PrivateFile.CreateFolder(place);
            PrivateFile.Write(FileOf(certificate), JsonSerializer.SerializeToUtf8Bytes(run));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Going on is right: the outcome itself goes into the database.
            log.RunNotKept(exception);
        }
    }

    /// <summary>Takes away those of certificates that are not there any more.</summary>
    internal void Clean(IReadOnlySet<Guid> certificates)
    {
        foreach (var file in Directory.Exists(place) ? Directory.GetFiles(place, "*.json") : [])
        {
            if (Guid.TryParse(Path.GetFileNameWithoutExtension(file), out var id) && !certificates.Contains(id))
                File.Delete(file);
        }
    }

    private string FileOf(Guid certificate) => Path.Combine(place, $"{certificate:N}.json");
}

/// <summary>The result of the last run of an order.</summary>
/// <param name="At">When it ended.</param>
/// <param name="Problems">What was wrong; empty: nothing.</param>
/// <param name="Log">What lego said, without secrets.</param>
public sealed record LastRun(DateTimeOffset At, ImmutableArray<AcmeProblem> Problems, ImmutableArray<string> Log);

internal static partial class LastRunsLog
{
    [LoggerMessage(3702, LogLevel.Warning, "What lego said could not be kept; what came of the order is in the database all the same.")]
    public static partial void RunNotKept(this ILogger log, Exception exception);
}
