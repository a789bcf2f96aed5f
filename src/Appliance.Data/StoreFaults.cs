using System.Data.Common;
using Appliance.Data.Revisions;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Appliance.Data;

/// <summary>What a database that cannot be used throws, and how that is said to people.</summary>
public static class StoreFaults
{
    private const int Busy = 5; // SQLITE_BUSY
    private const int Locked = 6; // SQLITE_LOCKED
    private const int ReadOnly = 8; // SQLITE_READONLY
    private const int InputOutput = 10; // SQLITE_IOERR
    private const int Corrupt = 11; // SQLITE_CORRUPT
    private const int Full = 13; // SQLITE_FULL
    private const int CannotOpen = 14; // SQLITE_CANTOPEN
    private const int Protocol = 15; // SQLITE_PROTOCOL: the locks of the log's index cannot be had
    private const int NoDatabase = 26; // SQLITE_NOTADB

    internal const string Replace =
        "Stop Appliance and put a backup in its place; without one, move appliance.db away, start, and run \"appliance restore "
        + "--last-good\": that has the config, but no "
        + "accounts, certificates or audit.";

    /// <summary>True for what the database or its disk throws; false for a bug, and for a client that went away.</summary>
    public static bool IsAway(Exception exception) => exception is DbException or DbUpdateException or StoreLossException;

    /// <summary>
    /// What is wrong and what to do, for somebody who was refused something. <paramref name="undone"/> says what did not happen. Ends with
    /// a full stop.
    /// </summary>
    public static string SentenceOf(Exception exception, string undone = "nothing was stored") =>
        Of(exception) is var (what, advice) ? $"{what}; {undone}. {advice}" : Own(exception);

    /// <summary>The same for somebody who only wanted to read.</summary>
    public static string ReadingSentenceOf(Exception exception) =>
        Of(exception) is var (what, advice) ? $"{what}. {advice}" : Own(exception);

    /// <summary>The same as a state that lasts, for the console, the log and the health check.</summary>
    public static string StateOf(Exception exception) =>
        Of(exception) is var (what, advice)
            ? $"{what}: what runs keeps running, and connections can be closed and drained, but nothing can be saved and nobody can "
                + $"sign in. {advice}"
            : Own(exception);

    /// <summary>
    /// The cause of something that is expected to happen to a store, as a full disk or a lock, for one line of the log: a sentence; null:
    /// this is a bug or something unknown, and its stack trace is wanted.
    /// </summary>
    public static string? ExpectedCauseOf(Exception exception)
    {
        if (DiskRoom.IsMissing(exception))
            return $"A disk is full ({exception.Message.TrimEnd('.')}). {DiskRoom.Advice}";
        if (!IsAway(exception))
            return null;
        var isKnown =
            Of(exception) is null
            || CauseOf(exception)
                is SqliteException
                {
                    SqliteErrorCode: Busy or Locked or Protocol or Full or ReadOnly or InputOutput or NoDatabase or Corrupt,
                };
        return isKnown ? ReadingSentenceOf(exception) : null;
    }

    private static Exception CauseOf(Exception exception) =>
        exception is DbUpdateException { InnerException: { } inner } ? inner : exception;

    // The exception says it itself: it is made here.
    private static string Own(Exception exception) => CauseOf(exception).Message.TrimEnd('.') + ".";

    private static (string What, string Advice)? Of(Exception exception) =>
        CauseOf(exception) switch
        {
            StoreLossException or SqliteException { SqliteErrorCode: CannotOpen } => null,
            SqliteException { SqliteErrorCode: Busy or Locked or Protocol } => (
                "The database is locked by another process",
                "End whatever has it open, and try again."
            ),
            SqliteException { SqliteErrorCode: Full } => ("The disk of the data folder is full", "Make room, and try again."),
            SqliteException { SqliteErrorCode: ReadOnly } => (
                "The database cannot be written (it is read-only)",
                "Give this user write access to the data folder, and look whether its disk was mounted read-only."
            ),
            SqliteException { SqliteErrorCode: InputOutput } io => (
                $"The disk of the data folder fails ({io.Message.TrimEnd('.')})",
                "Look at the disk, its quota and the machine's log."
            ),
            SqliteException { SqliteErrorCode: NoDatabase } => ("The database file is damaged: it is no database any more", Replace),
            SqliteException { SqliteErrorCode: Corrupt } => ("The database file is damaged: some of its pages cannot be read", Replace),
            var cause => ($"The database cannot be used ({cause.Message.TrimEnd('.')})", "The log may say more."),
        };
}
