using Appliance.Data.Rights;
using Appliance.Web.Controls;

namespace Appliance.Web.Deeds;

/// <summary>Something that a person asks a page to do.</summary>
/// <typeparam name="T">What the door returns.</typeparam>
public sealed record Deed<T>
{
    /// <summary>Does it through a door, which decides whether this person may, and writes the line of the audit.</summary>
    public required Func<Actor, Task<T>> Do { get; init; }

    /// <summary>What is asked before it is done. Default null: nothing.</summary>
    public Confirmation? Ask { get; init; }

    /// <summary>
    /// Why the door did not do it, as a sentence; null: it did. Default: it did. A door that throws <see cref="NotAllowedException"/> needs
    /// no word here.
    /// </summary>
    public Func<T, string?> Refusal { get; init; } = _ => null;

    /// <summary>What is said when it is done; null: nothing.</summary>
    public Func<T, Toast?> Said { get; init; } = _ => null;

    /// <summary>What did not happen when the store is away, as the end of a sentence. Default: nothing was stored.</summary>
    public string Undone { get; init; } = "nothing was stored";
}

/// <summary>A question before a deed, answered by a button that does it, or by Cancel.</summary>
/// <param name="Title">The question.</param>
/// <param name="Text">What will happen.</param>
/// <param name="Verb">The button that does it.</param>
/// <param name="Loses">False: nothing is lost by it. Default true.</param>
public sealed record Confirmation(string Title, string Text, string Verb, bool Loses = true);
