using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Forms;

/// <summary>One field of a form: label, control, hint, problems, and how they hang together for those who do not see them.</summary>
/// <typeparam name="T">What the control holds: text, or yes and no.</typeparam>
public abstract class Field<T> : FormListener
{
    /// <summary>Beside or above the control.</summary>
    [Parameter, EditorRequired]
    public required string Label { get; set; }

    /// <summary>Where the value stands in the draft; also the control's name and, with another prefix, its id.</summary>
    [Parameter, EditorRequired]
    public required string Path { get; set; }

    /// <summary>Where problems are reported, when that is another path than <see cref="Path"/>.</summary>
    [Parameter]
    public string? ProblemPath { get; set; }

    /// <summary>The value that the field holds.</summary>
    [Parameter, EditorRequired]
    public required T Value { get; set; }

    /// <summary>Raised at every keystroke.</summary>
    [Parameter]
    public EventCallback<T> ValueChanged { get; set; }

    /// <summary>A sentence below the control.</summary>
    [Parameter]
    public string? Hint { get; set; }

    /// <summary>In a row under a column's heading the label is shown only where there are no columns.</summary>
    [Parameter]
    public bool HideLabel { get; set; }

    /// <summary>CSS classes besides the field's own.</summary>
    [Parameter]
    public string? Class { get; set; }

    /// <summary>The id of the control in the page.</summary>
    protected string Id => FormState.IdOf(Path);

    /// <summary>The id of the place where problems are reported.</summary>
    protected string ProblemId => FormState.IdOf(ProblemPath ?? Path);

    /// <summary>True when something keeps one from saving.</summary>
    protected bool IsWrong => Problems.Any(problem => !problem.IsWarning);

    /// <summary>Ids of the hint and the problems.</summary>
    protected string? Described =>
        (Hint, Problems.Count) switch
        {
            (null, 0) => null,
            (null, _) => Id + "-problems",
            (_, 0) => Id + "-hint",
            _ => $"{Id}-problems {Id}-hint",
        };

    /// <inheritdoc/>
    protected override IEnumerable<FieldProblem> Find() => State.Below(ProblemPath ?? Path);

    /// <summary>Hands a new value on.</summary>
    protected async Task SetAsync(T value)
    {
        // This field may be drawn before the page has drawn what is around it, and would tell the browser to go back to the old value
        // first.
        Value = value;
        await ValueChanged.InvokeAsync(value);
        State.Touch(ProblemPath ?? Path);
    }
}
