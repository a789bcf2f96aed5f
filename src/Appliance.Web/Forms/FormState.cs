namespace Appliance.Web.Forms;

/// <summary>
/// The problems of one form, and which of them may be shown yet: a new form does not scold before somebody typed or tried to save.
/// </summary>
public sealed class FormState
{
    private readonly HashSet<string> _touched = new(StringComparer.Ordinal);
    private IReadOnlyList<FieldProblem> _all = [];

    /// <summary>Raised when something was typed.</summary>
    public event Action? Changed;

    /// <summary>Raised when there are new findings, or more of them may be shown.</summary>
    public event Action? Checked;

    /// <summary>True once somebody tried to save: everything is shown then.</summary>
    public bool Tried { get; private set; }

    /// <summary>True when any problem keeps one from saving.</summary>
    public bool HasErrors => _all.Any(problem => !problem.IsWarning);

    /// <summary>Every problem, errors first.</summary>
    public IReadOnlyList<FieldProblem> All => _all;

    /// <summary>The problems to show at a field.</summary>
    public IEnumerable<FieldProblem> At(string path) => Tried || _touched.Contains(path) ? _all.Where(problem => problem.Path == path) : [];

    /// <summary>The problems to show at a list as a whole and at its entries: <c>hosts</c> and <c>hosts/0</c>.</summary>
    public IEnumerable<FieldProblem> Below(string path) =>
        Tried || _touched.Contains(path)
            ? _all.Where(problem => problem.Path == path || problem.Path.StartsWith(path + "/", StringComparison.Ordinal))
            : [];

    /// <summary>Replaces the problems by new findings.</summary>
    public void Set(IEnumerable<FieldProblem> problems)
    {
        _all = [.. problems.OrderBy(problem => problem.IsWarning)];
        Checked?.Invoke();
    }

    /// <summary>Somebody tries to save.</summary>
    public void Try() => Tried = true;

    /// <summary>Somebody typed into a field.</summary>
    public void Touch(string path)
    {
        _touched.Add(path);
        Changed?.Invoke();
    }

    /// <summary>As if nothing had been typed.</summary>
    public void Reset()
    {
        _touched.Clear();
        Tried = false;
    }

    /// <summary>The id of a field's control.</summary>
    public static string IdOf(string path) => "f-" + path.Replace('/', '-');
}
