using System.Collections.Immutable;

namespace Appliance.Web.Troubles;

/// <summary>A kind of troubles, as people choose what they want to hear of.</summary>
/// <param name="Name">As it is stored and sent: <c>server</c>.</param>
/// <param name="Words">As pages say it.</param>
/// <param name="About">What it is about, a sentence.</param>
/// <param name="Lasts">How long a trouble of this kind must last before it is told.</param>
public sealed record TroubleKind(string Name, string Words, string About, TimeSpan Lasts)
{
    /// <summary>A server of a pool.</summary>
    public static TroubleKind Server { get; } =
        new("server", "Server", "A server of a pool is down; others take its work.", TimeSpan.FromSeconds(15));

    /// <summary>A pool as a whole.</summary>
    public static TroubleKind Pool { get; } = new("pool", "Pool", "No server of a pool answers.", TimeSpan.FromSeconds(10));

    /// <summary>A certificate.</summary>
    public static TroubleKind Certificate { get; } =
        new("certificate", "Certificate", "A certificate ends soon, was not issued, or cannot be used.", TimeSpan.FromMinutes(1));

    /// <summary>A revision, or parts of one.</summary>
    public static TroubleKind Config { get; } =
        new("config", "Config", "A revision was refused by the proxy, or items were left out.", TimeSpan.FromSeconds(10));

    /// <summary>The database.</summary>
    public static TroubleKind Store { get; } =
        new("database", "Database", "The database is away, or nothing can be saved.", TimeSpan.FromSeconds(10));

    /// <summary>The disk.</summary>
    public static TroubleKind Disk { get; } = new("disk", "Disk", "The disk of the data folder is nearly full.", TimeSpan.FromMinutes(1));

    /// <summary>The sign-in.</summary>
    public static TroubleKind SignIn { get; } = new("sign-in", "Sign-in", "Somebody waits after too many wrong passwords.", TimeSpan.Zero);

    /// <summary>A drain.</summary>
    public static TroubleKind Drain { get; } =
        new("drain", "Drain", "A drain is through: no WebSocket is open there any more.", TimeSpan.Zero);

    /// <summary>All of them, in the order of lists.</summary>
    public static ImmutableArray<TroubleKind> All { get; } = [Pool, Server, Certificate, Config, Store, Disk, SignIn, Drain];

    /// <summary>What pages say for a stored name; one of another version as it is.</summary>
    public static string WordsOf(string name) => All.FirstOrDefault(kind => kind.Name == name)?.Words ?? name;

    /// <summary>
    /// The sentence of a trouble that is over: nobody must read it as one that lasts. Sentences that have no other form say so before.
    /// </summary>
    public static string PastOf(string name, string sentence)
    {
        var (now, then) =
            name == Pool.Name ? (" answers.", " answered.")
            : name == Server.Name ? (" is down.", " was down.")
            : ("", "");
        return now.Length > 0 && sentence.IndexOf(now, StringComparison.Ordinal) is >= 0 and var at
            ? sentence[..at] + then + sentence[(at + now.Length)..]
            : $"it was: {sentence}";
    }
}
