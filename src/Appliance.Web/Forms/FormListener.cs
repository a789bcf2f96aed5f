using Microsoft.AspNetCore.Components;

namespace Appliance.Web.Forms;

/// <summary>
/// A part of a form that shows problems. It is drawn again when the problems at its place have changed, whichever field was typed in.
/// </summary>
public abstract class FormListener : ComponentBase, IDisposable
{
    /// <summary>The state of the form, which has its problems.</summary>
    [CascadingParameter]
    public required FormState State { get; set; }

    /// <summary>What it shows now.</summary>
    protected IReadOnlyList<FieldProblem> Problems { get; private set; } = [];

    /// <inheritdoc/>
    public void Dispose()
    {
        State.Checked -= Look;
        GC.SuppressFinalize(this);
    }

    /// <summary>The problems that belong here.</summary>
    protected abstract IEnumerable<FieldProblem> Find();

    /// <inheritdoc/>
    protected override void OnInitialized() => State.Checked += Look;

    /// <inheritdoc/>
    protected override void OnParametersSet() => Problems = [.. Find()];

    private void Look()
    {
        FieldProblem[] now = [.. Find()];
        if (now.SequenceEqual(Problems))
            return;
        Problems = now;
        StateHasChanged();
    }
}
