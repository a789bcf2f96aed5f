namespace Appliance.Web.Deeds;

/// <summary>The result of a deed. A closed set.</summary>
/// <typeparam name="T">What the door returns.</typeparam>
public abstract record DeedResult<T>
{
    private DeedResult() { }

    /// <summary>Why it was not done, as a sentence; null: it was done, or nobody wanted it any more.</summary>
    public string? Fault =>
        this switch
        {
            Refused refused => refused.Reason,
            Away away => away.Sentence,
            _ => null,
        };

    /// <summary>The deed is done.</summary>
    public sealed record Done(T Value) : DeedResult<T>;

    /// <summary>The deed was not done: the person was asked, and said no.</summary>
    public sealed record Cancelled : DeedResult<T>;

    /// <summary>The door did not do it.</summary>
    /// <param name="Reason">Why, as a sentence.</param>
    /// <param name="Value">What the door returned; the default when it threw.</param>
    public sealed record Refused(string Reason, T? Value) : DeedResult<T>;

    /// <summary>The deed was not done, because it could not be recorded.</summary>
    /// <param name="Sentence">What is wrong with the store, what did not happen, and what to do.</param>
    public sealed record Away(string Sentence) : DeedResult<T>;
}
