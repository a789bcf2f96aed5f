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
    private const int Full = 13; // SQLITE_FULL
    private const int CannotOpen = 14; // SQLITE_CANTOPEN
    private const int Protocol = 15; // SQLITE_PROTOCOL: the locks of the log's index cannot be had
    private const int NoDatabase = 26; // SQLITE_NOTADB

    /// <summary>True for what the database or its disk throws; false for a bug, and for a client that went away.</summary>
    public static bool IsAway(Exception exception) => exception is DbException or DbUpdateException or StoreLossException;

    /// <summary>What is wrong and what to do. Ends with a full stop.</summary>
    public static string SentenceOf(Exception exception)
    {
        var cause = exception is DbUpdateException { InnerException: { } inner } ? inner : exception;
        return cause switch
        {
            StoreLossException => cause.Message,
            SqliteException { SqliteErrorCode: Busy or Locked or Protocol } => "The database is locked by another process; nothing was stored. End whatever has it open, and try again.",
            SqliteException { SqliteErrorCode: Full } => "The disk of the data folder is full; nothing was stored. Make room, and try again.",
            SqliteException { SqliteErrorCode: ReadOnly } => "The database cannot be written (it is read-only); nothing was stored. Give this user write access to the data folder.",
            SqliteException { SqliteErrorCode: NoDatabase } => "The database file is damaged: it is no database any more. Stop Appliance and put a backup in its place; without one, move the file away, start, and run \"appliance restore --last-good\".",
            SqliteException { SqliteErrorCode: CannotOpen } => cause.Message.TrimEnd('.') + ".",
            _ => $"The database cannot be used ({cause.Message.TrimEnd('.')}); nothing was stored.",
        };
    }
}
